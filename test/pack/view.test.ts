import { describe, expect, it } from 'vitest';
import { canonicalize, type JsonObject } from '../../core/canon/index.ts';
import { hasCode } from '../../core/errors.ts';
import {
  buildView,
  committedTexts,
  type Disclosures,
  disclosuresBytes,
  disclosuresFor,
  memberOf,
  readDisclosures,
  redact,
} from '../../pack/index.ts';
import { digestOf } from '../documents/fixtures.ts';
import { cancelled, denied, executed, gateDenied, promoted, unconfirmed } from '../verifier/fixture-pack.ts';

const service = executed();
const core = service.core();
const disclosures = service.disclosures(core);
const view = buildView(core, disclosures) as Record<string, JsonObject>;

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (hasCode(error)) return error.code;
    throw error;
  }
}

describe('the view', () => {
  // shows: R2, R29, R33, R45, R92
  it("has the source example's keys, as they are, and three more (ruling 5)", () => {
    expect(Object.keys(view)).toEqual([
      'pack_id',
      'standard',
      'decision',
      'risk',
      'authority',
      'execution',
      'evidence',
      'release',
      'event_chain',
      'integrity',
      'export',
    ]);
    expect(view['decision']).toMatchObject({
      schema_version: '1.0.0',
      policy_version: '1.2.0',
      submitted_at: '2026-02-24T20:12:21.000Z',
    });
    expect(memberOf(view['decision'], 'request')).toMatchObject({
      actor_role: 'operator',
      intent: 'deploy.change',
      summary: 'Deploy update to production API gateway config',
      context: { environment: 'production', system: 'gateway', change_type: 'config_update', ticket: 'CHG-1042' },
    });
    expect(view['risk']).toMatchObject({ risk_score: 0.86, risk_band: 'high', thresholds: { band_critical_min: 0.9 } });
    expect(memberOf(view['risk'], 'policy_triggers')).toMatchObject([
      { id: 'POL-RISK-008', name: 'Production change requires approval', triggered: true },
      { triggered: false },
    ]);
    expect(view['authority']).toEqual({
      routed_at: '2026-02-24T20:12:24.000Z',
      required_roles: ['executive'],
      approvals: [
        {
          actor_id: 'p-dune',
          actor_role: 'executive',
          approved_at: '2026-02-24T20:14:02.000Z',
          scope: 'full',
          expires_at: '2026-02-24T21:14:02.000Z',
          notes: 'Approved after reviewing diff and rollback plan.',
        },
      ],
    });
    expect(view['integrity']).toMatchObject({ hash_algorithm: 'sha256', anchor: { type: 'none' } });
    expect(memberOf(view['export'], 'redactions')).toEqual([]);
  });

  // shows: R65, R83, R93
  it('shows evidence, execution and release', () => {
    expect(Object.keys(view['evidence'] ?? {})).toEqual([
      'candidate',
      'lineage',
      'evaluation',
      'resource_profile',
      'safety_and_security',
      'release_plan',
      'rollback',
    ]);
    expect(memberOf(memberOf(memberOf(view['evidence'], 'safety_and_security'), 'red_team_notes'), '0')).toMatchObject({
      note: 'Two prompts reached a slower route; neither leaked a credential.',
    });
    expect(memberOf(view['execution'], 'confirmation')).toMatchObject({
      tool: 'gateway.apply_config',
      result: 'success',
      subject_matches: true,
    });
    expect(view['release']).toMatchObject({ target: 'prod-gateway-01', plan: { canary: { max_traffic_percent: 5 } } });
  });

  it('is a pure function: the same core, the same bytes', () => {
    expect(canonicalize(buildView(core, disclosures))).toBe(canonicalize(view));
    expect(view['pack_id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(buildView(promoted().core(), null)['pack_id']).not.toBe(view['pack_id']);
  });

  it('has null where something never came', () => {
    const early = buildView(gateDenied().core(), null) as Record<string, JsonObject>;
    expect(early['authority']).toEqual({ routed_at: null, required_roles: null, approvals: [] });
    expect(early['execution']).toMatchObject({
      outcome: 'denied',
      denial: 'gate.denied',
      ended_by: null,
      clearance: null,
      confirmation: null,
    });
    const without = buildView(unconfirmed().core(), null) as Record<string, JsonObject>;
    expect(without['execution']).toMatchObject({ outcome: 'unconfirmed', confirmation: null });
    expect(memberOf(without['execution'], 'clearance')).not.toBeNull();
  });

  it.each([
    ['a rejection', denied, 'The rollback was tested on another cluster.'],
    ['a cancellation', cancelled, 'Superseded by CHG-1043.'],
  ] as const)('shows the reason of %s', (_, build, reason) => {
    const ended = build();
    const shown = buildView(ended.core(), ended.disclosures()) as Record<string, JsonObject>;
    expect(memberOf(memberOf(shown['execution'], 'ended_by'), 'reason')).toBe(reason);
  });

  it('gives no role to an approval that fills none', () => {
    const shown = buildView(promoted().core(), null) as Record<string, JsonObject>;
    expect(
      (memberOf(shown['authority'], 'approvals') as unknown as JsonObject[]).map((each) => each['actor_role']),
    ).toEqual(['release_owner', 'model_owner', 'security_owner']);
  });
});

describe('disclosures', () => {
  it('open every text of the core, and no other', () => {
    expect(disclosures.disclosures).toHaveLength(committedTexts(core).length);
    expect(committedTexts(core).map(({ path }) => path)).toEqual([
      '$.decision.request.summary',
      '$.authority.approvals[0].notes',
      '$.evidence.safety_and_security.red_team_notes[0].note',
    ]);
    expect(readDisclosures(disclosuresBytes(disclosures))).toEqual(disclosures);
  });

  // shows: R100
  it('lists what is not disclosed, with its commitment', () => {
    const bare = buildView(core, null);
    expect(memberOf(memberOf(bare['decision'], 'request'), 'summary')).toBeNull();
    expect(memberOf(bare['export'], 'redactions')).toEqual(
      committedTexts(core).map(({ path, commitment }) => ({ path, commitment, reason: null })),
    );
  });

  // shows: R101
  it('are redacted by leaving them away, with a reason', () => {
    const path = '$.authority.approvals[0].notes';
    const redacted = redact(core, disclosures, [path, path], 'personal data');
    const shown = buildView(core, redacted);
    expect(memberOf(shown['export'], 'redactions')).toMatchObject([{ path, reason: 'personal data' }]);
    expect(canonicalize(shown)).not.toContain('Approved after reviewing');
    expect(readDisclosures(disclosuresBytes(redacted))).toEqual(redacted);
  });

  it('leave out what opens nothing here', () => {
    const [first] = disclosures.disclosures;
    const kept = new Map([
      [first?.owner ?? '', [{ salt: first?.salt ?? '', path: '$.summary', value: 'something else' }]],
    ]);
    expect(disclosuresFor(core, kept).disclosures).toEqual([]);
  });

  const [first] = disclosures.disclosures;
  it.each<[string, string, Partial<Disclosures>]>([
    ['of another decision', 'pack.disclosure', { decision_id: 'other' }],
    [
      'of a text that is not there',
      'pack.disclosure',
      { disclosures: [{ ...first, owner: digestOf('stranger') } as never] },
    ],
    [
      'of another text than was committed to',
      'pack.disclosure',
      { disclosures: [{ ...first, value: 'Delete everything' } as never] },
    ],
    ['twice', 'pack.disclosure', { disclosures: [first as never, first as never] }],
    ['redacted and shown', 'pack.redaction', { redactions: [{ path: '$.decision.request.summary', reason: '' }] }],
    [
      'with a redaction of nothing',
      'pack.redaction',
      { disclosures: [], redactions: [{ path: '$.risk.risk_score', reason: '' }] },
    ],
  ])('are refused %s', (_, code, change) => {
    expect(codeOf(() => buildView(core, { ...disclosures, ...change }))).toBe(code);
  });

  it('cannot redact what is no text', () => {
    expect(codeOf(() => redact(core, disclosures, ['$.risk.risk_score'], ''))).toBe('pack.redaction');
  });

  it.each<[string, string, string]>([
    ['no JSON', 'json.syntax', '{'],
    ['another document', 'pack.shape', '{"_type":"x"}'],
    ['doubled members', 'json.duplicate_key', '{"_type":"x","_type":"y"}'],
  ])('are not read from %s', (_, code, text) => {
    expect(codeOf(() => readDisclosures(new TextEncoder().encode(text)))).toBe(code);
  });

  it('are not read with a salt that is none', () => {
    const bad = { ...disclosures, disclosures: [{ ...first, salt: 'AAAA' }] } as Disclosures;
    expect(codeOf(() => readDisclosures(disclosuresBytes(bad)))).toBe('commitment.salt');
  });
});
