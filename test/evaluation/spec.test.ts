import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { canonicalize, digestJson } from '../../core/canon/index.ts';
import { POLICY_ERROR_CODES } from '../../documents/policy-errors.ts';
import { policyDigest } from '../../documents/policy-reader.ts';
import { DENIAL_CODES, evaluate, renderBrief, scoreOf } from '../../evaluation/index.ts';
import { finding, LINT_CODES } from '../../evaluation/lint/findings.ts';
import { basisChanges } from '../../evaluation/basis.ts';
import { digest, given, policy, policyWith } from './given.ts';

/** The pages' examples are computed; what stands there must be what the code gives. */

const page = (name: string): string => readFileSync(new URL(`../../docs/spec/${name}.md`, import.meta.url), 'utf8');

function example(text: string, name: string): string {
  const found = new RegExp(`^\`\`\`\\w+ example=${name}\\n([\\s\\S]*?)\\n\`\`\`$`, 'm').exec(text)?.[1];
  if (found === undefined) throw new Error(`no example ${name}`);
  return found;
}

const { evaluation, basis, brief } = evaluate(given());

describe('docs/spec', () => {
  it('policy.md shows a gate of the example policy, and its digest', () => {
    const text = page('policy');
    const gate = policy.gates.find((one) => one.id === 'POL-RISK-008');
    expect(parse(example(text, 'gate-yaml'))).toEqual(gate);
    expect(example(text, 'gate-json')).toBe(canonicalize(gate));
    expect(example(text, 'digest')).toBe(policyDigest(policy));
  });

  it('policy.md names every code', () => {
    const listed = [...page('policy').matchAll(/^\| `(policy\.\w+)` \|/gm)].map((match) => match[1]);
    expect(listed).toEqual([...POLICY_ERROR_CODES]);
  });

  it('policy.md names every code of the linter, with its severity', () => {
    const rows = [...page('policy').matchAll(/^\| (`lint\.[^|]*) \| (error|warning) \|/gm)];
    const listed = rows.flatMap(([, codes = '', severity = '']) =>
      [...codes.matchAll(/`([\w.]+)`/g)].map(([, code = '']) => `${code} ${severity}`),
    );
    const known = LINT_CODES.map((code) => `${code} ${finding(code, '$', '').severity}`);
    expect(listed.toSorted()).toEqual(known.toSorted());
  });

  // shows: R33
  it("risk.md shows the example's event and its arithmetic", () => {
    const text = page('risk');
    const event = JSON.parse(example(text, 'risk'));
    expect(event).toEqual(evaluation.risk);
    expect(scoreOf(event.factors)).toBe(0.86);
    const [sum = ''] = example(text, 'arithmetic').split('\n');
    const [terms = '', total = ''] = sum.split(' = ');
    const products = terms.split(' + ').map((term) => term.split('*').map(Number));
    expect(products).toEqual((evaluation.risk?.factors ?? []).map(({ value, weight }) => [weight * 1e4, value * 1e4]));
    expect(products.reduce((all, [weight = 0, value = 0]) => all + weight * value, 0)).toBe(Number(total));
  });

  it('risk.md shows what a factor rests on', () => {
    const when = 'evidence.safety_and_security.red_team_notes.all(note, note.open_findings.high == 0)';
    const factor = {
      id: 'open_red_team_findings',
      source: 'evidence_author' as const,
      weight: 1,
      cases: [{ when, value: 0.1, reason: 'nothing grave' }],
      otherwise: { value: 1, reason: 'something grave' },
    };
    const citing = policyWith({ risk: { ...policy.risk, factors: [factor], cites: true } });
    const asked = given({ request: { action: 'model.promote', target: 'model-serving-canary' }, policy: citing });
    expect(JSON.parse(example(page('risk'), 'cites'))).toEqual(evaluate(asked).evaluation.risk?.factors[0]?.cites);
  });

  it('routing-and-basis.md shows the routing and the basis that it names', () => {
    const text = page('routing-and-basis');
    expect(JSON.parse(example(text, 'routing'))).toEqual(evaluation.routing);
    expect(JSON.parse(example(text, 'basis'))).toEqual(basis);
    expect(digestJson(JSON.parse(example(text, 'basis')))).toBe(evaluation.routing?.basis_digest);
  });

  it('routing-and-basis.md shows what another basis changes', () => {
    const shown = JSON.parse(example(page('routing-and-basis'), 'reevaluated'));
    const { packet, evidenceStatement, request, ...rest } = given();
    const newer = { ...packet, created_at: '2026-02-24T20:12:22.000Z' };
    const evidence = { packet: digestJson(newer), statement: digest('evidence statement 2') };
    const anew = evaluate({
      ...rest,
      packet: newer,
      packetDigest: evidence.packet,
      evidenceStatement: { ...evidenceStatement, packet: evidence.packet },
      request: { ...request, evidence },
      ...(basis === null ? {} : { before: basis }),
    });
    if (basis === null || anew.basis === null) throw new Error('the example is routed');
    expect(shown).toEqual({
      statement: digest('reevaluation'),
      claim: null,
      asked: { policy: request.policy, evidence },
      basis: { before: digestJson(basis), after: digestJson(anew.basis) },
      changed: basisChanges(basis, anew.basis),
      ended: [digest('approval')],
    });
    expect(anew.brief?.anew).toEqual({ basis_before: digestJson(basis), changed: shown.changed });
    expect(basisChanges(basis, basis)).toEqual([]);
    expect(basisChanges({ ...basis, rollback_target: null }, basis)).toEqual([
      { path: '$.rollback_target', before: null, after: basis.rollback_target },
    ]);
    expect(basisChanges(basis, { ...basis, of_later: { a: 1 } } as typeof basis)).toEqual([
      { path: '$.of_later.a', before: null, after: 1 },
    ]);
  });

  it('routing-and-basis.md names every denial, in the order in which they are looked for', () => {
    const [, denials = ''] = page('routing-and-basis').split('## Denials');
    const rows = [...denials.matchAll(/^\| (`[^|]*) \|/gm)].map((match) => match[1] ?? '');
    const listed = rows.flatMap((row) => [...row.matchAll(/`([\w.]+)`/g)].map((match) => match[1]));
    expect(listed).toEqual([...DENIAL_CODES]);
  });

  it('brief.md shows the brief, and how it reads', () => {
    const text = page('brief');
    expect(JSON.parse(example(text, 'brief'))).toEqual(brief);
    expect(digestJson(JSON.parse(example(text, 'brief')))).toBe(evaluation.routing?.brief);
    expect(brief && renderBrief(brief).trimEnd()).toBe(example(text, 'rendered'));
  });
});
