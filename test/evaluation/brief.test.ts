import { describe, expect, it } from 'vitest';
import { canonicalBytes, canonicalize } from '../../core/canon/index.ts';
import { type BriefDocument, evaluate, renderBrief } from '../../evaluation/index.ts';
import { type Given, given, policy, policyWith, roster, sections } from './given.ts';

function brief(changes: Given = {}): BriefDocument {
  const result = evaluate(given(changes)).brief;
  if (!result) throw new Error('denied');
  return result;
}

describe('briefDocument', () => {
  it('holds structured facts, and the summary as its commitment alone', () => {
    const document = brief();
    expect(document).toMatchObject({
      _type: 'application/vnd.countersign.brief.v1+json',
      requester: { actor_id: 'operator-1', kind: 'person', role: 'operator', controlled_by: [] },
      action: { id: 'deploy.change', class: 'deploy', effects: [], irreversible: false },
      target: { id: 'prod-gateway-01', environment: 'production', system: 'gateway' },
      policy: { version: '1.2.0', result: 'escalate', gates: 12, triggered: [{ id: 'POL-RISK-008' }] },
      risk: { risk_score: 0.86, risk_band: 'high', band_note: 'above band_high_max' },
      rollback: { tested_at: '2026-02-20T09:30:00.000Z', test_age_s: 384_144, owner: 'release-1' },
      authority: { route: 'production-high', slots: [{ role: 'executive', signatures: 1 }] },
    });
    expect(document.summary).toBe(given().request.summary);
  });

  it("is canonical JSON, and the target's executors are none of its business", () => {
    expect(() => canonicalBytes(brief())).not.toThrow();
    expect(Object.keys(brief().target).sort()).toEqual(['blast_radius', 'environment', 'id', 'sensitivity', 'system']);
  });

  // shows: R80
  it('shows the permission diff and what the evidence counts, without what it does not say (R80)', () => {
    const { evidence } = brief({ request: { action: 'model.promote', target: 'model-serving-canary' } });
    expect(evidence.permissions).toEqual({ added: [], removed: ['tool:shell'] });
    expect(evidence.highlights).toContainEqual({ name: 'safety_and_security.open_high', value: 1 });
    expect(evidence.highlights).toContainEqual({ name: 'resource_profile.latency_p99_ms', value: 210 });
    expect(brief().evidence.permissions).toBeNull();
    expect(brief().evidence.highlights.map((highlight) => highlight.name)).not.toContain(
      'safety_and_security.open_high',
    );
  });

  it('shows who controls a workload that asks', () => {
    const { requester } = brief({ request: { signer: 'release-pipeline' } });
    expect(requester).toMatchObject({ kind: 'workload', controlled_by: ['operator-1', 'release-1'] });
  });
});

describe('renderBrief', () => {
  // shows: R108
  it('shows what an approver signs for', () => {
    const document = brief();
    const text = renderBrief(document);
    for (const shown of [
      document.basis,
      document.candidate.digest,
      document.evidence.packet,
      'prod-gateway-01: production',
      '0.86, high (above band_high_max)',
      'POL-RISK-008 escalate: Production change requires approval',
      '1 x executive (route production-high)',
      'operator-1 (requester)',
      'tested 2026-02-20T09:30:00.000Z (4 days before)',
    ]) {
      expect(text).toContain(shown);
    }
  });

  it('is a pure function of the document, whatever the order of its members', () => {
    const document = brief();
    expect(renderBrief(JSON.parse(canonicalize(document)) as BriefDocument)).toBe(renderBrief(document));
  });

  it('stays within 60 lines, however much triggered', () => {
    const gates = Array.from({ length: 200 }, (_, index) => ({
      id: `G-${index}`,
      name: 'A gate',
      hard: false,
      when: 'true',
      result: 'escalate' as const,
      reason: 'because',
    }));
    const factors = Array.from({ length: 100 }, (_, index) => ({ ...policy.risk.factors[0]!, id: `f-${index}` }));
    const makers = Array.from({ length: 50 }, (_, index) => ({ actor_id: `maker-${index}`, keys: [], grants: [] }));
    const text = renderBrief(
      brief({
        roster: { ...roster, persons: [...roster.persons, ...makers] },
        request: {
          action: 'model.promote',
          target: 'model-serving-canary',
          signer: 'release-pipeline',
          creators: makers.map(({ actor_id }) => actor_id),
          context: Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`key${index}`, 'value'])),
        },
        policy: policyWith({
          gates,
          risk: { ...policy.risk, factors, thresholds: { ...policy.risk.thresholds, band_critical_min: 1 } },
        }),
        packet: {
          sections: {
            ...sections,
            safety_and_security: {
              ...sections.safety_and_security,
              permission_diff: { added: Array.from({ length: 50 }, (_, index) => `tool:${index}`), removed: [] },
            },
          },
        },
      }),
    );
    expect(text.split('\n').length).toBeLessThanOrEqual(61);
    expect(text).toContain('and 194 more');
  });

  it('shows control and bidirectional characters as code points, never obeys them', () => {
    const reason = 'fine\u001b[2K\rgone\u202egnitseb\nRisk         0.01, low';
    const gates = [{ id: 'G-1', name: 'A gate', hard: false, when: 'true', result: 'escalate' as const, reason }];
    const text = renderBrief(brief({ policy: policyWith({ gates }) }));
    expect(text).toContain('fine\\u{1b}[2K\\u{d}gone\\u{202e}gnitseb\\u{a}Risk');
    expect(text.split('\n').filter((line) => line.startsWith('Risk'))).toHaveLength(1);
  });
});
