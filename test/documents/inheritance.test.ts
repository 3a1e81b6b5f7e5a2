import { describe, expect, it } from 'vitest';
import { canonicalBytes, digestJson } from '../../core/canon/index.ts';
import type { CandidateManifest } from '../../documents/candidate-manifest.ts';
import { checkSubject, missingSubjects, readEvidencePacket } from '../../documents/evidence.ts';
import { checkInheritance, inheritanceProblems } from '../../documents/inheritance.ts';
import {
  about,
  CANDIDATE,
  digestOf,
  fixtureEvidence,
  fixtureManifest,
  fixtureParentManifest,
  naming,
} from './fixtures.ts';
import { checkManifests, manifestsNamed } from '../../documents/manifests.ts';
import { refusedAt } from './refusal.ts';

/** What parents pass on, and what they never do (R75). */

const PARENT = digestOf('candidate gateway-router 2.3.1');

const { sections: SECTIONS } = fixtureEvidence();

const passing = (parent: Partial<CandidateManifest>, own: Partial<CandidateManifest> = {}) =>
  inheritanceProblems(fixtureManifest(own), [fixtureParentManifest(parent)], SECTIONS);

describe('what a manifest carries of its parents', () => {
  it('is all of it where it holds, and may be more', () => {
    expect(passing({})).toEqual([]);
    checkInheritance(fixtureManifest(), [fixtureParentManifest()], SECTIONS);
  });

  // shows: R75
  it('is every licence, obligation, restriction and open weakness, all that lack told at once', () => {
    const forgetful = fixtureManifest({
      licences: { ids: ['MIT'], obligations: ['attribution'] },
      data_restrictions: [],
      known_vulnerabilities: [],
    });
    expect(refusedAt(() => checkInheritance(forgetful, [fixtureParentManifest()], SECTIONS))).toEqual([
      'inheritance.broken',
      '$.licences.ids',
      '$.licences.obligations',
      '$.data_restrictions',
      '$.known_vulnerabilities',
      '$.known_vulnerabilities',
    ]);
    expect(inheritanceProblems(forgetful, [fixtureParentManifest()], SECTIONS)[1]).toEqual({
      path: '$.licences.obligations',
      expected: 'state-changes, of parent gateway-router 2.3.1',
      got: 'nothing',
    });
  });

  it('lists a weakness as open, or as fixed with what shows it, and never as less grave', () => {
    const open = [{ id: 'CVE-2026-10001', severity: 'high', fixed: null }] as const;
    const parent = { known_vulnerabilities: [...open] };
    const own = (severity: 'critical' | 'high' | 'medium', fixed: string | null) =>
      passing(parent, { known_vulnerabilities: [{ id: 'CVE-2026-10001', severity, fixed }] });
    expect(own('high', null)).toEqual([]);
    expect(own('critical', null)).toEqual([]);
    expect(own('medium', digestOf('evidence of the fix'))).toEqual([]);
    expect(own('medium', null)).toEqual([
      {
        path: '$.known_vulnerabilities[0].severity',
        expected: 'at least high, of parent gateway-router 2.3.1',
        got: 'medium',
      },
    ]);
  });

  it('leaves out what was fixed in the parent already', () => {
    const fixed = [{ id: 'CVE-2024-1', severity: 'critical' as const, fixed: digestOf('fixed long ago') }];
    expect(passing({ known_vulnerabilities: fixed })).toEqual([]);
  });

  it('is of every parent: of two it is the strictest of each', () => {
    const second = { name: 'teacher', digest: digestOf('teacher'), manifest: digestOf('manifest of the teacher') };
    const manifest = fixtureManifest({ parents: [...fixtureManifest().parents, second] });
    const other = fixtureParentManifest({
      name: 'teacher',
      version: '1.0.0',
      package: { ...fixtureParentManifest().package, digest: second.digest },
      licences: { ids: ['Apache-2.0'], obligations: ['share-alike'] },
      known_vulnerabilities: [],
    });
    expect(inheritanceProblems(manifest, [fixtureParentManifest(), other], SECTIONS)).toEqual([
      { path: '$.licences.obligations', expected: 'share-alike, of parent teacher 1.0.0', got: 'nothing' },
    ]);
  });

  it('cannot be told where a parent has no manifest, or one of another package', () => {
    expect(inheritanceProblems(fixtureManifest(), [null], SECTIONS)).toEqual([
      { path: '$.parents[0].manifest', expected: `the manifest of ${PARENT}`, got: 'nothing' },
    ]);
    const elsewhere = { ...fixtureParentManifest().package, digest: digestOf('some other package') };
    expect(passing({ package: elsewhere })).toEqual([
      {
        path: '$.parents[0].manifest',
        expected: `a manifest of ${PARENT}`,
        got: `one of ${digestOf('some other package')}`,
      },
    ]);
  });
});

describe('permissions beyond those there were', () => {
  const withDiff = (added: readonly string[], target = digestOf('what runs now')) => ({
    ...SECTIONS,
    safety_and_security: { ...SECTIONS.safety_and_security!, permission_diff: { added: [...added], removed: [] } },
    rollback: { ...SECTIONS.rollback!, target },
  });
  const grown = fixtureManifest({ permissions: ['metrics:read', 'routes:write', 'secrets:read'] });
  const undeclared = { path: '$.permissions[2]', got: 'secrets:read' };

  // shows: R80
  it('are declared as added, or the manifest does not hold', () => {
    const [problem, ...others] = inheritanceProblems(grown, [fixtureParentManifest()], withDiff([]));
    expect(problem).toEqual({ ...undeclared, expected: 'one of a parent, or that the packet says is added' });
    expect(others).toEqual([]);
    expect(inheritanceProblems(grown, [fixtureParentManifest()], withDiff(['secrets:read']))).toEqual([]);
    const { safety_and_security: _, ...unexamined } = withDiff([]);
    expect(inheritanceProblems(grown, [fixtureParentManifest()], unexamined)).toHaveLength(1);
  });

  it('are all there are, where there is no parent', () => {
    const founder = fixtureManifest({ parents: [], permissions: ['metrics:read'] });
    expect(inheritanceProblems(founder, [], withDiff([]))).toHaveLength(1);
    expect(inheritanceProblems(founder, [], withDiff(['metrics:read']))).toEqual([]);
  });

  it("are those beyond what runs now, where that is a parent: another parent's are no excuse", () => {
    const second = { name: 'teacher', digest: digestOf('teacher'), manifest: digestOf('manifest of the teacher') };
    const merged = { ...grown, parents: [...grown.parents, second] };
    const teacher = fixtureParentManifest({
      package: { ...fixtureParentManifest().package, digest: second.digest },
      permissions: ['secrets:read'],
      known_vulnerabilities: [],
    });
    const parents = [fixtureParentManifest(), teacher];
    expect(inheritanceProblems(merged, parents, withDiff([]))).toEqual([]);
    expect(inheritanceProblems(merged, parents, withDiff([], PARENT))).toEqual([
      { ...undeclared, expected: 'one of what runs now, or that the packet says is added' },
    ]);
  });
});

describe('an evaluation or safety case', () => {
  // shows: R75
  it('of a parent supports nothing: a packet about both is none', () => {
    const inherited = about(fixtureEvidence(), PARENT);
    const paths = ['$.sections.evaluation.subject', '$.sections.safety_and_security.subject'];
    expect(refusedAt(() => readEvidencePacket(canonicalBytes(inherited)))).toEqual(['evidence.subject', ...paths]);
    expect(refusedAt(() => checkSubject(inherited, CANDIDATE))).toEqual(['evidence.subject', ...paths]);
    expect(readEvidencePacket(canonicalBytes(about(fixtureEvidence())))).toEqual(about(fixtureEvidence()));
  });

  it('that does not say what it is about is missed, where it is there', () => {
    expect(missingSubjects(fixtureEvidence()).map(({ path }) => path)).toEqual([
      '$.sections.evaluation.subject',
      '$.sections.safety_and_security.subject',
    ]);
    expect(missingSubjects(about(fixtureEvidence()))).toEqual([]);
    expect(missingSubjects(fixtureEvidence({ sections: {} }))).toEqual([]);
  });
});

describe('checkManifests', () => {
  const packet = about(naming(fixtureManifest()));
  const asked = { checks: ['manifest', 'inheritance'] as const, candidate: CANDIDATE, packet };
  const known = new Map<string, Uint8Array>(
    [fixtureManifest(), fixtureParentManifest()].map((each) => [digestJson(each), canonicalBytes(each)]),
  );
  const without = (manifest: object) => new Map([...known].filter(([digest]) => digest !== digestJson(manifest)));

  it('reads the manifests that are named, and no others', () => {
    checkManifests(asked, known);
    expect(manifestsNamed(asked, new Map())).toEqual([digestJson(fixtureManifest())]);
    expect(manifestsNamed(asked, known)).toEqual([...known.keys()]);
    expect(manifestsNamed({ ...asked, checks: ['manifest'] }, known)).toEqual([digestJson(fixtureManifest())]);
    expect(manifestsNamed({ ...asked, checks: [] }, known)).toEqual([]);
    checkManifests({ ...asked, checks: [] }, new Map());
  });

  it('misses one that is no document', () => {
    const unreadable = ['manifest.unreadable', '$'];
    expect(refusedAt(() => checkManifests(asked, without(fixtureManifest())))).toEqual(unreadable);
    expect(refusedAt(() => checkManifests(asked, without(fixtureParentManifest())))).toEqual(unreadable);
  });

  it("holds the candidate's own to its rules also where only inheritance is asked for", () => {
    const only = { ...asked, checks: ['inheritance'] as const, candidate: { ...CANDIDATE, version: '2.4.1' } };
    expect(refusedAt(() => checkManifests(only, known))).toEqual(['manifest.invalid', '$.version']);
  });

  it('misses the reference and the subjects that it needs, all at once', () => {
    const plain = fixtureEvidence();
    const candidate = { ...plain.sections.candidate!, manifest: null };
    const bare = { ...plain, sections: { ...plain.sections, candidate } };
    expect(refusedAt(() => checkManifests({ ...asked, packet: bare }, known))).toEqual([
      'evidence.incomplete',
      '$.sections.candidate.manifest',
      '$.sections.evaluation.subject',
      '$.sections.safety_and_security.subject',
    ]);
  });
});
