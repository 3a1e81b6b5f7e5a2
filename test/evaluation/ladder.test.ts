import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  LADDER_STAGES,
  type LadderStage,
  type Policy,
  type PolicyAction,
  policySchema,
} from '../../documents/policy.ts';
import { policyProblems } from '../../documents/policy-reader.ts';
import { evidenceSchema } from '../../documents/evidence.ts';
import { DENIAL_CODES, evaluate, renderBrief } from '../../evaluation/index.ts';
import { checkLinked, type LinkedDecision } from '../../evaluation/linked.ts';
import type { Link } from '../../core/domain/statements.ts';
import { digest, given, policy, policyWith, sections } from './given.ts';

const [deploy] = policy.actions as [PolicyAction];

const stage = (at: LadderStage, follows: LadderStage[], more: Partial<PolicyAction> = {}): PolicyAction => ({
  ...deploy,
  id: `release.${at}`,
  ladder: { stage: at, follows },
  ...more,
});

const LADDER: readonly PolicyAction[] = [
  stage('shadow', []),
  stage('canary', ['shadow']),
  stage('progressive', ['canary', 'progressive']),
  stage('champion', ['progressive']),
];
const climbing = (...actions: readonly PolicyAction[]): Policy =>
  policyWith({ actions: [...policy.actions, ...actions] });

const EARLIER: LinkedDecision = {
  decision_id: 'c0ffee00-4d7c-8d1f-9f1b-90df1f7e8c2a',
  pack: digest('pack'),
  origin: 'countersign-demo',
  tenant: 'acme',
  target: 'prod-gateway-01',
  candidate: digest('candidate'),
  rollback_target: digest('champion'),
  cleared: true,
  cleared_at: '2026-02-24T18:00:00.000Z',
  carried: { behind: 0, bytes: 1024 },
  executed: true,
  rung: { stage: 'canary', system: 'gateway', exposure: { traffic: '5 %', cohort: 'staff', region: 'eu-west-1' } },
};
const LINK: Link = { relation: 'follows', decision_id: EARLIER.decision_id, pack: EARLIER.pack };

interface Asked {
  readonly action?: string;
  readonly exposure?: Readonly<Record<string, string | number>>;
  readonly earlier?: Partial<LinkedDecision> | null;
  readonly rung?: Partial<LinkedDecision['rung']>;
  readonly link?: Link | null;
}

function asked({ action = 'release.progressive', exposure = EARLIER.rung.exposure ?? {}, ...changes }: Asked = {}) {
  const { earlier = {}, rung = {}, link = LINK } = changes;
  const { candidate, rollback, release_plan } = sections;
  const linked = earlier === null ? null : { ...EARLIER, ...earlier, rung: { ...EARLIER.rung, ...rung } };
  return given({
    policy: climbing(...LADDER),
    request: { action, ...(link === null ? {} : { linked: link }) },
    packet: { sections: { candidate, rollback, release_plan: { ...release_plan, exposure } } },
    input: { linked },
  });
}

const codeOf = (one: Asked): string | undefined => evaluate(asked(one)).evaluation.denial?.code;

describe('a stage of a release', () => {
  // shows: R84
  it('follows the one before it, in order, and no other', () => {
    for (const { id, ladder } of LADDER) {
      const follows = ladder?.follows ?? [];
      const before = [...LADDER_STAGES].filter((one) => codeOf({ action: id, rung: { stage: one } }) === undefined);
      expect(before).toEqual(follows);
      expect(codeOf({ action: id, earlier: null, link: null })).toBe(
        follows.length === 0 ? undefined : 'ladder.no_predecessor',
      );
    }
    expect(codeOf({ rung: { stage: null } })).toBe('ladder.order');
    expect(codeOf({ action: 'release.shadow' })).toBe('ladder.order');
  });

  // shows: R84
  it.each<[string, Asked, string]>([
    ['another candidate', { earlier: { candidate: digest('another') } }, 'ladder.candidate'],
    ['a predecessor that was denied or failed', { earlier: { executed: false } }, 'ladder.not_executed'],
    ['a predecessor on another system', { rung: { system: 'billing' } }, 'ladder.target'],
    ['a pack that is not there', { earlier: null }, 'linked.unknown'],
    ["another tenant's decision", { earlier: { tenant: 'globex' } }, 'linked.unknown'],
    [
      'another decision under the pack',
      { earlier: { decision_id: 'c0ffee00-0000-8d1f-9f1b-90df1f7e8c2a' } },
      'linked.unknown',
    ],
    ['an action that is no stage', { action: 'deploy.change' }, 'ladder.no_stage'],
    ['what it undoes', { link: { ...LINK, relation: 'undoes' } }, 'linked.action'],
    ['too many stages before it', { earlier: { carried: { behind: 7, bytes: 1 } } }, 'linked.too_deep'],
    ['packs that are too large', { earlier: { carried: { behind: 0, bytes: 13 * 1024 * 1024 } } }, 'linked.too_deep'],
  ])('is denied with %s', (_, changes, code) => {
    expect(codeOf(changes)).toBe(code);
  });

  // shows: R84
  it('changes one dimension at a time, and leaves out none', () => {
    const { traffic, cohort, region } = { traffic: '5 %', cohort: 'staff', region: 'eu-west-1' };
    expect(codeOf({ exposure: { traffic, cohort, region } })).toBeUndefined();
    expect(codeOf({ exposure: { traffic: '20 %', cohort, region } })).toBeUndefined();
    expect(codeOf({ exposure: { traffic: '20 %', cohort: 'all', region } })).toBe('ladder.dimensions');
    // What is no longer named may have become anything.
    expect(codeOf({ exposure: { traffic: '20 %', cohort } })).toBe('ladder.dimensions');
    expect(codeOf({ exposure: { traffic, cohort, region, tier: 'free', weekday: 1 } })).toBe('ladder.dimensions');
    expect(codeOf({ rung: { exposure: null }, exposure: { traffic, cohort } })).toBe('ladder.dimensions');
  });

  it('shows its approvers what changes', () => {
    const { brief } = evaluate(asked({ exposure: { ...EARLIER.rung.exposure, traffic: '20 %' } }));
    expect(brief?.release).toEqual({
      stage: 'progressive',
      follows: EARLIER.decision_id,
      changed: [{ dimension: 'traffic', from: '5 %', to: '20 %' }],
    });
    expect(brief).not.toHaveProperty('undoes');
    expect(brief && renderBrief(brief)).toContain(
      `Stage        progressive, follows decision ${EARLIER.decision_id}\n             changes: traffic from 5 % to 20 %\n`,
    );
    const first = evaluate(asked({ action: 'release.shadow', earlier: null, link: null })).brief;
    expect(first && renderBrief(first)).toContain('Stage        shadow, the first\n');
    expect(evaluate(given()).brief).not.toHaveProperty('release');
  });

  it('leaves room for the decision that undoes it', () => {
    const back: PolicyAction = { ...deploy, effects: ['rollback'] };
    const { request } = asked();
    const last = { ...EARLIER, carried: { behind: 7, bytes: 12 * 1024 * 1024 } };
    const undoing = {
      ...request,
      candidate: { ...request.candidate, digest: digest('champion') },
      linked: { ...LINK, relation: 'undoes' } as const,
    };
    expect(checkLinked(undoing, back, last)).toBeUndefined();
  });
});

describe("a policy's ladder", () => {
  it('may leave stages out, and repeat the progressive one', () => {
    expect(policyProblems(climbing(...LADDER))).toEqual([]);
    expect(policyProblems(climbing(stage('shadow', []), stage('champion', ['shadow'])))).toEqual([]);
    expect(policyProblems(climbing(stage('canary', [])))).toEqual([]);
  });

  it.each<[string, string, readonly PolicyAction[]]>([
    [
      'a stage that skips one',
      'ladder.follows',
      [stage('shadow', []), stage('canary', ['shadow']), stage('champion', ['shadow', 'canary'])],
    ],
    ['a stage beside the way', 'ladder.follows', [stage('shadow', []), stage('canary', [])]],
    ['a first stage that follows', 'ladder.follows', [stage('canary', ['shadow'])]],
    ['a canary that repeats itself', 'ladder.follows', [stage('canary', ['canary'])]],
    ['a stage without a way back', 'evidence', [stage('shadow', [], { evidence: ['candidate', 'release_plan'] })]],
    ['a stage without a plan', 'evidence', [stage('shadow', [], { evidence: ['candidate', 'rollback'] })]],
    ['a rollback as a stage', 'ladder', [stage('shadow', [], { effects: ['rollback'] })]],
  ])('is refused with %s: policy.ladder', (_, below, actions) => {
    const problems = policyProblems(climbing(...actions));
    expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(['policy.ladder']));
    expect(problems.at(-1)?.path.replace(/^\$\.actions\[\d+\]\./, '')).toBe(below);
  });
});

describe('an exposure', () => {
  const plan = evidenceSchema.shape.sections.shape.release_plan;
  const read = (exposure: object) => plan.safeParse({ ...sections.release_plan, exposure }).success;

  it('names dimensions and values, and no key material', () => {
    expect(read({ traffic: '5 %', cohort: 'staff', replicas: 3 })).toBe(true);
    expect(read({})).toBe(false);
    expect(read({ publicKey: 'x' })).toBe(false);
    expect(read({ traffic: 'a sentence of somebody' })).toBe(false);
    expect(read(Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`d${index}`, 1])))).toBe(false);
  });
});

describe('docs/spec/ladder.md', () => {
  const page = readFileSync(new URL('../../docs/spec/ladder.md', import.meta.url), 'utf8');
  const example = (name: string): string => new RegExp(`example=${name}\\n([\\s\\S]*?)\\n\`\`\``).exec(page)?.[1] ?? '';

  it('shows actions that a policy may have, and a step that may be taken', () => {
    const { actions } = parse(example('actions')) as Pick<Policy, 'actions'>;
    expect(policySchema.shape.actions.parse(actions)).toEqual(actions);
    expect(policyProblems(policyWith({ actions }))).toEqual([]);
    const exposure = JSON.parse(example('exposure')) as Record<string, string>;
    expect(codeOf({ exposure })).toBeUndefined();
  });

  it('names every denial and every stage', () => {
    const codes = DENIAL_CODES.filter((code) => code.startsWith('ladder.'));
    expect(codes.length).toBeGreaterThan(5);
    for (const name of [...LADDER_STAGES, ...codes]) expect(page).toContain(`\`${name}\``);
  });
});
