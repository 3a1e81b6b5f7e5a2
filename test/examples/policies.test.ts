import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lintPolicyFile } from '../../cli/lint-file.ts';
import { packetOf } from '../../cli/packet-file.ts';
import { readPeopleFile } from '../../cli/people-file.ts';
import { casesBeside, manifestsOf, testPolicy } from '../../cli/policy-test.ts';
import { makeStart, type Start } from '../../cli/start/start.ts';
import { BANDS, type Band } from '../../core/domain/vocabulary.ts';
import { indexRoster, type Policy, readRoster, type Roster } from '../../documents/index.ts';
import { barredBy } from '../../evaluation/barred.ts';
import type { PolicyCase } from '../../evaluation/cases/case-file.ts';
import { cardOf } from '../../evaluation/cases/card.ts';
import { rosterOf } from '../../evaluation/cases/people.ts';
import { readCases } from '../../evaluation/cases/reader.ts';
import { inputOf } from '../../evaluation/cases/input.ts';
import { changedPacket } from '../../evaluation/cases/packet-changes.ts';
import { runCases } from '../../evaluation/cases/run.ts';
import { compilePolicyYaml, evaluate, type EvaluationResult, leastApprovers } from '../../evaluation/index.ts';
import { outcomesOf } from '../../evaluation/lint/outcomes.ts';
import { situations } from '../../evaluation/lint/situations.ts';
import { candidatesFor, slotsOf } from '../../evaluation/routing.ts';

/** Every policy that is shipped: it lints clean, its own cases pass, and its people can sign what it asks for. */

const FOLDER = new URL('../../examples/policies/', import.meta.url);
const at = (file: string): string => new URL(file, FOLDER).pathname;
const SHIPPED = readdirSync(FOLDER)
  .filter((file) => /^[\w-]+\.yaml$/.test(file))
  .map((file) => file.replace('.yaml', ''));

const { packet } = packetOf(at('production-changes.packet.json'));
const manifests = manifestsOf(
  ['manifest', 'parent-manifest', 'forgetful-manifest', 'grown-manifest'].map((name) =>
    at(`production-changes.${name}.json`),
  ),
);

describe.each(SHIPPED)('examples/policies/%s.yaml', (name) => {
  const file = at(`${name}.yaml`);

  it('lints without a finding', () => {
    expect(lintPolicyFile(file).findings).toEqual([]);
  });

  // shows: R53
  it('passes its own cases, which take every route and see denials', () => {
    const { results, untaken } = testPolicy(file, casesBeside(file));
    expect(results.filter(({ mismatches }) => mismatches.length > 0)).toEqual([]);
    expect(untaken).toEqual([]);
    expect(results.some(({ route }) => route === null)).toBe(true);
  });

  it('has a case for every gate that denies', () => {
    const { gates } = compilePolicyYaml(readFileSync(file, 'utf8')).policy;
    const cases = readFileSync(casesBeside(file), 'utf8');
    const denying = gates.filter(({ result }) => result === 'deny').map(({ id }) => id);
    expect(denying.filter((id) => !cases.includes(`${id}: deny`))).toEqual([]);
  });
});

/** Who asks, makes and vouches, by the role they hold. */
const HANDS = {
  'small-team': { asks: 'developer', makes: 'developer', vouches: 'developer' },
  'modelbreeder-owners': { asks: 'operator', makes: 'model_engineer', vouches: 'evaluation_owner' },
  'corevexa-levels': { asks: 'l1_operator', makes: 'engineer', vouches: 'evidence_author' },
} as const;

interface Shipped {
  readonly program: ReturnType<typeof compilePolicyYaml>;
  readonly policy: Policy;
  readonly start: Start;
  readonly roster: Roster;
}

/** A policy with its people, begun with as `countersign init` does, with fresh keys. */
function shipped(name: string): Shipped {
  const policyText = readFileSync(at(`${name}.yaml`), 'utf8');
  const program = compilePolicyYaml(policyText);
  const { policy } = program;
  const start = makeStart({ policyText, ...readPeopleFile(at(`${name}.people.yaml`)), at: policy.issued_at });
  const file = start.files.find(({ path }) => path === 'roster/roster.json');
  if (!file || typeof file.content === 'string') throw new TypeError('no roster');
  return { program, policy, start, roster: readRoster(file.content) };
}

const holding = ({ persons }: Roster, role: string): readonly string[] =>
  persons.filter(({ grants }) => grants.some((grant) => grant.role === role)).map(({ actor_id }) => actor_id);

it('there are people for every policy but the example of the sources', () => {
  expect(SHIPPED.filter((name) => name !== 'production-changes').sort()).toEqual(Object.keys(HANDS).sort());
});

describe.each(Object.entries(HANDS))('the people of %s', (name, hands) => {
  const { program, policy, start, roster } = shipped(name);
  const index = indexRoster(roster);
  const casesFile = readFileSync(at(`${name}.cases.yaml`), 'utf8');
  const read = readCases(casesFile, policy);

  it('each get a key of their own, and a second one to break glass with', () => {
    const entries = [...roster.persons, ...roster.workloads];
    const leads = holding(roster, policy.breakglass?.role ?? '');
    const names = [...entries.map(({ actor_id }) => actor_id), ...leads.map((lead) => `${lead}.breakglass`)];
    const kept = start.files.filter(({ path, secret }) => secret && path.startsWith('keys/'));
    expect(kept.map(({ path }) => path)).toEqual(names.map((each) => `keys/${each}.pem`));
    const keys = entries.flatMap((entry) => entry.keys.map((key) => ({ ...key, actor: entry.actor_id })));
    expect(new Set(keys.map(({ public_key }) => public_key)).size).toBe(names.length);
    expect(keys.filter(({ use }) => use === 'breakglass').map(({ actor }) => actor)).toEqual(leads);
    expect(start.unfilled).toEqual([]);
    expect(start.absent).toEqual([]);
  });

  it('are those of the cases, with the same roles and controllers', () => {
    const named = rosterOf(read.people ?? [], policy);
    const outline = ({ persons, workloads }: Roster) => [
      ...persons.map(({ actor_id, grants }) => [actor_id, grants.map(({ role }) => role)]),
      ...workloads.map(({ actor_id, grants, controlled_by }) => [
        actor_id,
        grants.map(({ role }) => role),
        controlled_by,
      ]),
    ];
    expect(outline(named)).toEqual(outline(roster));
  });

  it('come to the same in every case with the scopes that their roles have', () => {
    const packets = new Map([['whole', packet]]);
    const results = runCases({ policy, roster, packets, manifests, cases: read.cases, lineOf: read.lineOf });
    expect(results.filter(({ mismatches }) => mismatches.length > 0)).toEqual([]);
  });

  it('include the executors of every target', () => {
    const workloads = new Set(roster.workloads.map(({ actor_id }) => actor_id));
    const executors = policy.targets.flatMap((target) => target.executors);
    expect(executors.filter((id) => !workloads.has(id))).toEqual([]);
  });

  it('can fill every route, wherever it may be taken and whoever asked, made and vouched', () => {
    const origins = holding(roster, hands.asks).flatMap((requester) =>
      holding(roster, hands.makes).flatMap((creator) =>
        holding(roster, hands.vouches)
          .filter((author) => new Set([requester, creator, author]).size === 3)
          .map((evidenceAuthor) => ({
            requester,
            creators: [creator],
            evidenceAuthor,
            evaluator: null,
            waiverAuthors: [],
          })),
      ),
    );
    expect(origins.length).toBeGreaterThan(0);
    const outcomes = outcomesOf(program, situations(program) ?? []);
    const taken = new Set(outcomes.flatMap((outcome) => outcome.taken.map(({ id }) => id)));
    expect([...taken].sort()).toEqual(policy.routes.map(({ id }) => id).sort());
    const short = outcomes.flatMap(({ taken: routes, situation: { action, target } }) =>
      routes.flatMap((route) =>
        origins.flatMap((origin) => {
          const scope = { environment: target.environment, action: action.id, at: policy.issued_at };
          const { deficient } = candidatesFor(
            slotsOf(route),
            index,
            scope,
            barredBy(origin, [index, index], { policy: null, roster: null }),
          );
          return deficient ? [{ route: route.id, ...scope, ...origin, ...deficient }] : [];
        }),
      ),
    );
    expect(short).toEqual([]);
  });

  it('can break glass and review it, and are told apart', () => {
    const { breakglass } = policy;
    if (!breakglass) throw new TypeError('the policy lets nobody override');
    const asked = new Set(policy.routes.flatMap(({ slots }) => slots.map(({ role }) => role)));
    const leads = holding(roster, breakglass.role);
    expect(asked.has(breakglass.role)).toBe(false);
    expect(leads.length).toBeGreaterThan(0);
    for (const lead of leads)
      expect(holding(roster, breakglass.review_role).filter((id) => id !== lead)).not.toEqual([]);
  });
});

/** A case as its file's defaults make it, evaluated. */
function judge(name: string, asked: Pick<PolicyCase, 'action' | 'target'> & Partial<PolicyCase>) {
  const { policy, roster } = shippedOnce(name);
  const { cases, lineOf } = readCases(readFileSync(at(`${name}.cases.yaml`), 'utf8'), policy);
  const [first] = cases;
  if (!first) throw new TypeError('no cases');
  const one: PolicyCase = { ...first, changes: {}, without: [], ...asked };
  const { packet: changed, card } = cardOf(one, policy, changedPacket(packet, one, lineOf), lineOf);
  const named = { policy, roster: indexRoster(roster), named: packet, packet: changed, manifests, card };
  return evaluate(inputOf(one, named)).evaluation;
}

const kept = new Map<string, Shipped>();
function shippedOnce(name: string): Shipped {
  const before = kept.get(name) ?? shipped(name);
  kept.set(name, before);
  return before;
}

const rolesOf = ({ routing }: EvaluationResult['evaluation']): readonly string[] => {
  const slots = routing?.slots ?? [];
  expect(slots.every(({ signatures }) => signatures === 1)).toBe(true);
  return slots.map(({ role }) => role);
};

// shows: R52
describe('required_approvals(change) of modelbreeder-owners', () => {
  interface Change {
    readonly lineage: boolean;
    readonly permissions: boolean;
    readonly tier: boolean;
    readonly code: boolean;
    readonly production: boolean;
  }

  /** As ModelBreeder writes it. */
  function requiredApprovals({ lineage, permissions, tier, code, production }: Change): readonly string[] {
    const required = ['model_owner'];
    if (lineage) required.push('data_owner');
    if (permissions || tier) required.push('security_owner');
    if (code) required.push('software_owner');
    if (production) required.push('release_owner');
    return required.sort();
  }

  const either = [false, true];
  const ALL: readonly Change[] = either.flatMap((lineage) =>
    either.flatMap((permissions) =>
      either.flatMap((tier) =>
        either.flatMap((code) => either.map((production) => ({ lineage, permissions, tier, code, production }))),
      ),
    ),
  );
  const TARGETS = { true: ['prod-router', 'prod-assistant'], false: ['staging-router', 'staging-memory'] } as const;

  const evaluated = ({ lineage, permissions, tier, production }: Change, action: string) =>
    judge('modelbreeder-owners', {
      action,
      target: TARGETS[`${production}`][tier ? 1 : 0],
      changes: {
        '$.sections.lineage.operator.name': lineage ? 'distill' : 'prune',
        '$.sections.safety_and_security.permission_diff.added': permissions ? ['tool:browser'] : [],
      },
    });

  it('has 32 combinations', () => {
    expect(new Set(ALL.map((change) => JSON.stringify(change))).size).toBe(32);
  });

  it.each(ALL)(
    'lineage $lineage, permissions $permissions, high risk $tier, code or evaluator $code, production $production',
    (change) => {
      const actions = change.code ? ['package.promote', 'evaluator.change'] : ['model.promote'];
      for (const action of actions) {
        const evaluation = evaluated(change, action);
        expect(['high', 'critical'].includes(evaluation.risk?.risk_band ?? ''), 'the risk tier').toBe(change.tier);
        expect(rolesOf(evaluation)).toEqual(requiredApprovals(change));
      }
    },
  );

  // shows: R53
  it('keeps the owners apart: nobody holds two of their roles, and an auditor holds none that decides', () => {
    const { policy, roster } = shippedOnce('modelbreeder-owners');
    const owners = new Set(policy.routes.flatMap(({ slots }) => slots.map(({ role }) => role)));
    for (const { grants } of roster.persons)
      expect(grants.filter(({ role }) => owners.has(role)).length).toBeLessThanOrEqual(1);
    const deciding = [...owners, ...policy.cancel_roles, policy.breakglass?.role];
    expect(deciding).not.toContain('auditor');
    expect(deciding).not.toContain('evaluation_owner');
  });
});

// shows: R37, R40
describe('the bands of corevexa-levels', () => {
  const { policy } = shippedOnce('corevexa-levels');
  const context = { ticket: 'CHG-1042', exception: 'EXC-7' };
  const ALL = policy.actions.flatMap((action) => policy.targets.map((target) => ({ action, target })));

  /** Signers by band, as Corevexa has them (R37), where no new permission is at stake. */
  const EXPECTED: Readonly<Record<Band, (asksOne: boolean, sensitive: boolean) => readonly string[]>> = {
    low: (asksOne) => (asksOne ? ['l2_supervisor'] : []),
    medium: (asksOne) => (asksOne ? ['l2_supervisor'] : []),
    high: (_, sensitive) => (sensitive ? ['l3_manager', 'l4_security_compliance'] : ['l3_manager']),
    critical: () => ['l3_manager', 'l4_security_compliance', 'l5_executive'],
  };

  it('are the default thresholds, and all occur', () => {
    expect(policy.risk.thresholds).toEqual({
      band_low_max: 0.25,
      band_med_max: 0.55,
      band_high_max: 0.85,
      band_critical_min: 0.85,
    });
    const bands = ALL.map(({ action, target }) => {
      return judge('corevexa-levels', { action: action.id, target: target.id, context }).risk?.risk_band;
    });
    expect(new Set(bands)).toEqual(new Set(BANDS));
  });

  it.each(ALL.filter(({ action }) => action.effects.length === 0))(
    'ask for their own: $action.id on $target.id',
    ({ action, target }) => {
      const evaluation = judge('corevexa-levels', { action: action.id, target: target.id, context });
      const band = evaluation.risk?.risk_band ?? 'critical';
      const { environment, sensitivity } = target;
      const floor = leastApprovers({ band, environment, effects: action.effects }, evaluation.policy?.result ?? 'deny');
      const asksOne = floor > 0 || (band === 'medium' && ['write', 'deploy', 'transfer'].includes(action.class));
      const sensitive = sensitivity.some((one) => one !== 'infrastructure');
      expect(rolesOf(evaluation)).toEqual(EXPECTED[band](asksOne, sensitive));
      expect(evaluation.routing?.satisfied).toBe(EXPECTED[band](asksOne, sensitive).length === 0);
    },
  );

  it.each(ALL)('deny what is critical and no exception: $action.id on $target.id', ({ action, target }) => {
    const { risk, denial } = judge('corevexa-levels', {
      action: action.id,
      target: target.id,
      context: { ticket: 'CHG-1042' },
    });
    expect(denial?.code).toBe(risk?.risk_band === 'critical' ? 'gate.denied' : undefined);
  });
});
