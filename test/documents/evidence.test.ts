import { describe, expect, it } from 'vitest';
import { canonicalBytes, digestJson } from '../../core/canon/index.ts';
import {
  checkEvidenceStatement,
  checkSubject,
  demandEvidence,
  type EvidencePacket,
  missingEvidence,
  readEvidencePacket,
} from '../../documents/evidence.ts';
import { instant, timestamp } from '../../core/domain/vocabulary.ts';
import { demandFresh } from '../../documents/freshness.ts';
import { EVIDENCE_SECTIONS } from '../../documents/policy.ts';
import {
  CANDIDATE,
  copy,
  digestOf,
  evidenceBytes,
  evidenceDigest,
  fixtureEvidence,
  read,
  referenceTo,
  signedEvidence,
} from './fixtures.ts';
import { refused, refusedAt } from './refusal.ts';

type Draft = ReturnType<typeof copy<EvidencePacket>>;
type Sections = { [K in keyof Draft['sections']]-?: NonNullable<Draft['sections'][K]> };

/** The fixture packet after a change. */
function changed(change: (sections: Sections, packet: Draft) => void): EvidencePacket {
  const packet = copy(fixtureEvidence());
  change(packet.sections as Sections, packet);
  return packet;
}

const reading = (change: (sections: Sections, packet: Draft) => void) => () =>
  readEvidencePacket(canonicalBytes(changed(change)));

describe('readEvidencePacket', () => {
  // shows: R73
  it('reads a packet from its canonical bytes only', () => {
    expect(readEvidencePacket(evidenceBytes())).toEqual(fixtureEvidence());
    expect(
      refused(() => readEvidencePacket(new TextEncoder().encode(JSON.stringify(fixtureEvidence(), null, 2))))[0],
    ).toBe('json.not_canonical');
  });

  it('reads a packet without sections: what is demanded is not for the reader', () => {
    expect(readEvidencePacket(canonicalBytes(fixtureEvidence({ sections: {} }))).sections).toEqual({});
  });

  it('refuses foreign members and sections, and the lack of an item: null is how an author leaves one out', () => {
    expect(
      refusedAt(
        reading((sections) => {
          Object.assign(sections, { decision: {} });
          Object.assign(sections.rollback, { note: 'free text' });
          delete (sections.lineage as Partial<Sections['lineage']>).parents;
        }),
      ),
    ).toEqual(['document.shape', '$.sections.lineage.parents', '$.sections.rollback.note', '$.sections.decision']);
  });

  // shows: R56, R74, R104
  it('refuses floating names wherever a version, digest or location stands, with their paths', () => {
    expect(
      refusedAt(
        reading((sections) => {
          Object.assign(sections.candidate.manifest ?? {}, { uri: 'oci://registry.example/app:latest' });
          Object.assign(sections.lineage.operator ?? {}, { version: 'main', config_digest: 'HEAD' });
          Object.assign(sections.lineage.parents?.[0] ?? {}, { digest: 'stable' });
          Object.assign(sections.evaluation.suite ?? {}, { version: '3.x' });
          Object.assign(sections.evaluation.runtime ?? {}, { version: 'v1' });
          Object.assign(sections.safety_and_security.scans[0] ?? {}, { version: '^5' });
          sections.rollback.target = 'previous' as never;
        }),
      ),
    ).toEqual([
      'document.floating_name',
      '$.sections.candidate.manifest.uri',
      '$.sections.lineage.parents[0].digest',
      '$.sections.lineage.operator.version',
      '$.sections.lineage.operator.config_digest',
      '$.sections.evaluation.suite.version',
      '$.sections.evaluation.runtime.version',
      '$.sections.safety_and_security.scans[0].version',
      '$.sections.rollback.target',
    ]);
  });

  it.each([
    ['a password', 'https://user:secret@store.example/a'],
    ['no scheme', 'store.example/a'],
    ['a space', 'https://store.example/a b'],
  ])('refuses a location with %s', (_label, uri) => {
    expect(refused(reading((sections) => Object.assign(sections.rollback.package ?? {}, { uri })))).toEqual([
      'document.shape',
      '$.sections.rollback.package.uri',
    ]);
  });

  it('refuses a password without repeating it', () => {
    const uri = 'https://u:hunter2@store.example/a';
    const action = reading((sections) => Object.assign(sections.rollback.package ?? {}, { uri }));
    expect(action).toThrow(/without a password/);
    expect(action).not.toThrow(/hunter2/);
  });

  // shows: R71
  it('holds the candidate section to the subject', () => {
    expect(
      refused(
        reading((sections) => {
          sections.candidate.digest = digestOf('another');
        }),
      ),
    ).toEqual(['evidence.subject', '$.sections.candidate.digest']);
  });

  it('finds every place in which the packet contradicts itself', () => {
    expect(
      refusedAt(
        reading((sections, packet) => {
          Object.assign(sections.evaluation.scorecards[0] ?? {}, { value: 0.9699 });
          Object.assign(sections.evaluation.scorecards[1] ?? {}, { threshold: '0.00002 USD' });
          sections.evaluation.scorecards.push({
            metric: 'm',
            value: 1,
            threshold: 1,
            direction: 'at_most',
            passed: false,
          });
          sections.resource_profile.latency_ms = { p50: 4, p95: 3, p99: 5 };
          sections.safety_and_security.hard_gates.push({ id: 'licence-clear', passed: false });
          Object.assign(sections.safety_and_security.scans[0] ?? {}, { finished_at: '2026-02-23T16:00:00.001Z' });
          sections.rollback.tested_at = '2026-02-24T00:00:00.000Z';
          sections.rollback.target = packet.subject;
        }),
      ),
    ).toEqual([
      'evidence.contradiction',
      '$.sections.evaluation.scorecards[0].passed',
      '$.sections.evaluation.scorecards[1].threshold',
      '$.sections.evaluation.scorecards[2].passed',
      '$.sections.resource_profile.latency_ms',
      '$.sections.safety_and_security.hard_gates[2].id',
      '$.sections.safety_and_security.scans[0].finished_at',
      '$.sections.rollback.tested_at',
      '$.sections.rollback.target',
    ]);
  });

  it.each([
    [4, 3, 5],
    [3, 5, 4],
  ])('refuses latencies that fall: %d, %d, %d', (p50, p95, p99) => {
    expect(
      refused(
        reading((sections) => {
          sections.resource_profile.latency_ms = { p50, p95, p99 };
        }),
      ),
    ).toEqual(['evidence.contradiction', '$.sections.resource_profile.latency_ms']);
  });

  it('compares quantities by number, not by text', () => {
    const card = (value: string, threshold: string, passed: boolean) =>
      reading((sections) => {
        sections.evaluation.scorecards = [{ metric: 'm', value, threshold, direction: 'at_most', passed }];
      });
    expect(card('9 ms', '10 ms', true)).not.toThrow();
    expect(refused(card('9 ms', '10 ms', false))[0]).toBe('evidence.contradiction');
    expect(refused(card('0.3000000000001 s', '0.3 s', true))[0]).toBe('evidence.contradiction');
    expect(refused(card('0.30000000000001 s', '0.3 s', true))[0]).toBe('document.shape');
  });
});

describe('times of single items (R77)', () => {
  const LATER = '2027-01-01T00:00:00.000Z';

  it.each<[string, (sections: Sections) => void]>([
    ['$.sections.evaluation.finished_at', ({ evaluation }) => Object.assign(evaluation, { finished_at: LATER })],
    [
      '$.sections.safety_and_security.red_team_notes[0].finished_at',
      ({ safety_and_security: safety }) => Object.assign(safety.red_team_notes[0] ?? {}, { finished_at: LATER }),
    ],
  ])('%s after the packet was made is a contradiction', (path, change) => {
    expect(refusedAt(() => readEvidencePacket(canonicalBytes(changed(change))))).toEqual([
      'evidence.contradiction',
      path,
    ]);
  });

  it('are missing evidence only where the policy limits that age', () => {
    const packet = fixtureEvidence();
    expect(() => demandEvidence(packet, EVIDENCE_SECTIONS, {})).not.toThrow();
    expect(() => demandEvidence(packet, EVIDENCE_SECTIONS, { scan_age_s: 1 })).not.toThrow();
    expect(refusedAt(() => demandEvidence(packet, ['rollback'], { evaluation_age_s: 1, red_team_age_s: 1 }))).toEqual([
      'evidence.incomplete',
      '$.sections.evaluation.finished_at',
      '$.sections.safety_and_security.red_team_notes[0].finished_at',
    ]);
  });
});

describe('demandFresh', () => {
  const times = { evidence_age_s: 604_800, rollback_test_age_s: 1_209_600 };
  const packet = fixtureEvidence();
  const after = (since: string, seconds: number): string => timestamp(instant(since) + seconds * 1000);

  it('lists all that is too old at an instant, and not an instant before', () => {
    const aged = { ...times, scan_age_s: 60 };
    const [scan] = packet.sections.safety_and_security!.scans;
    const scanned = after(scan!.finished_at, 60);
    expect(() => demandFresh(packet, ['rollback'], aged, after(scanned, -0.001))).not.toThrow();
    expect(refusedAt(() => demandFresh(packet, ['rollback'], aged, scanned))).toEqual([
      'evidence.stale',
      '$.sections.safety_and_security.scans[0].finished_at',
    ]);
    const old = after(packet.created_at, times.evidence_age_s + times.rollback_test_age_s);
    expect(refusedAt(() => demandFresh(packet, ['rollback'], aged, old))).toEqual([
      'evidence.stale',
      '$.created_at',
      '$.sections.safety_and_security.scans[0].finished_at',
      '$.sections.rollback.tested_at',
    ]);
  });

  it('leaves out the test of a rollback that nobody demands, as an evaluation does', () => {
    const old = after(packet.sections.rollback!.tested_at!, times.rollback_test_age_s);
    expect(() => demandFresh(packet, [], { ...times, evidence_age_s: 31_536_000 }, old)).not.toThrow();
  });

  it('finds nothing too old that is not there, or that nobody dated', () => {
    const { sections } = packet;
    const undated = { ...packet, sections: { ...sections, rollback: { ...sections.rollback!, tested_at: null } } };
    const { created_at } = packet;
    expect(() => demandFresh(undated, ['rollback'], { ...times, evaluation_age_s: 1 }, created_at)).not.toThrow();
    expect(() =>
      demandFresh({ ...packet, sections: {} }, ['rollback'], { ...times, scan_age_s: 1 }, created_at),
    ).not.toThrow();
  });
});

describe('missingEvidence', () => {
  it('finds nothing missing in a complete packet', () => {
    expect(missingEvidence(fixtureEvidence(), EVIDENCE_SECTIONS)).toEqual([]);
    expect(() => demandEvidence(fixtureEvidence(), EVIDENCE_SECTIONS)).not.toThrow();
  });

  it.each(EVIDENCE_SECTIONS)('misses the section %s, where it is demanded', (section) => {
    const packet = changed((sections) => {
      delete (sections as Partial<Sections>)[section];
    });
    expect(missingEvidence(packet, EVIDENCE_SECTIONS).map(({ path }) => path)).toEqual([`$.sections.${section}`]);
    expect(
      missingEvidence(
        packet,
        EVIDENCE_SECTIONS.filter((other) => other !== section),
      ),
    ).toEqual([]);
  });

  // shows: R70, R74, R79, R81, R83
  it('misses every item that is not given (R70): each nullable one, once', () => {
    for (const section of EVIDENCE_SECTIONS) {
      const items = Object.entries(fixtureEvidence().sections[section] ?? {});
      for (const [item] of items) {
        const packet = changed((sections) => Object.assign(sections[section], { [item]: null }));
        const read = (): EvidencePacket => readEvidencePacket(canonicalBytes(packet));
        if (NOT_NULLABLE.has(`${section}.${item}`)) {
          expect(refused(read)[0]).toBe('document.shape');
        } else {
          expect(missingEvidence(read(), [section]).map(({ path }) => path)).toEqual([`$.sections.${section}.${item}`]);
        }
      }
    }
  });

  // shows: R70, R74, R82, R83
  it('misses entries in lists that say nothing when empty, and takes the others as "there is none"', () => {
    const packet = changed((sections) => {
      Object.assign(sections.lineage, { parents: [], data_sources: [], teacher_models: [] });
      Object.assign(sections.evaluation, { scorecards: [], failure_slices: [] });
      Object.assign(sections.safety_and_security, { scans: [], red_team_notes: [], hard_gates: [] });
      Object.assign(sections.release_plan, { success_criteria: [], stop_conditions: [] });
      Object.assign(sections.rollback.covers, { cache: 'not_covered', model: 'not_covered' });
    });
    expect(refusedAt(() => demandEvidence(readEvidencePacket(canonicalBytes(packet)), EVIDENCE_SECTIONS))).toEqual([
      'evidence.incomplete',
      '$.sections.lineage.data_sources',
      '$.sections.evaluation.scorecards',
      '$.sections.safety_and_security.scans',
      '$.sections.safety_and_security.red_team_notes',
      '$.sections.safety_and_security.hard_gates',
      '$.sections.release_plan.success_criteria',
      '$.sections.release_plan.stop_conditions',
      '$.sections.rollback.covers.model',
      '$.sections.rollback.covers.cache',
    ]);
  });
});

/** Items that are lists without a "not given", and the two that a section cannot be without. */
const NOT_NULLABLE = new Set([
  'candidate.digest',
  'evaluation.scorecards',
  'safety_and_security.scans',
  'safety_and_security.red_team_notes',
  'safety_and_security.hard_gates',
  'release_plan.success_criteria',
  'release_plan.stop_conditions',
  'rollback.covers',
]);

describe('checkSubject', () => {
  it('refuses a packet about another candidate than the one requested', () => {
    expect(() => checkSubject(fixtureEvidence(), CANDIDATE)).not.toThrow();
    expect(refusedAt(() => checkSubject(fixtureEvidence(), { digest: digestOf('B') }))).toEqual([
      'evidence.subject',
      '$.subject',
      '$.sections.candidate.digest',
    ]);
    expect(refusedAt(() => checkSubject(fixtureEvidence({ sections: {} }), { digest: digestOf('B') }))).toEqual([
      'evidence.subject',
      '$.subject',
    ]);
  });
});

describe('checkEvidenceStatement', () => {
  const check = (overrides = {}, packet = fixtureEvidence()) =>
    checkEvidenceStatement(read(signedEvidence(overrides), 'evidence').statement, packet, digestJson(packet));

  // shows: R76, R87
  it('holds a packet to the statement that vouches for it', () => {
    expect(evidenceDigest()).toBe(digestJson(fixtureEvidence()));
    expect(() => check()).not.toThrow();
    expect(refused(() => check({ origin: 'other.example' }))).toEqual(['document.origin', '$.origin']);
    expect(refused(() => check({ tenant: 'other' }))).toEqual(['document.tenant', '$.tenant']);
    expect(refused(() => check({ subject: digestOf('B') }))).toEqual(['evidence.subject', '$.subject']);
    const altered = changed((sections) => {
      sections.candidate.manifest = referenceTo('another');
    });
    expect(refused(() => check({}, altered))).toEqual(['evidence.subject', '$.packet']);
  });
});
