import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type DriftInput, driftReport } from '../../cli/past/drift.ts';
import { canonicalBytes, type Digest } from '../../core/canon/index.ts';
import type { Policy } from '../../documents/policy.ts';
import type { Roster } from '../../documents/roster.ts';
import { ACTORS, CANDIDATE, digestOf, T } from '../documents/fixtures.ts';
import {
  breakable,
  cancelledEarly,
  delegated,
  denied,
  executed,
  fixturePolicy,
  MiniatureService,
  ROSTER,
  shift,
} from '../verifier/fixture-pack.ts';
import { PackFolders } from './pack-folders.ts';

/** How far today has moved away from what packs decided, which a stranger could verify (R107). */

const folders = new PackFolders();
const ANOTHER = 'CHG-1043';
let count = 0;

/** Under what the decision was made under, unless told otherwise. */
function today(packs: readonly string[], changes: Partial<DriftInput> & { policyIs?: Policy; rosterIs?: Roster } = {}) {
  const { policyIs = fixturePolicy(), rosterIs = ROSTER, ...rest } = changes;
  const policy = folders.write(`${(count += 1)}.yaml`, stringify(policyIs));
  const roster = folders.write(`${count}.json`, canonicalBytes(rosterIs));
  const { targets, drift, unverified } = driftReport({
    packs,
    trust: folders.trust,
    policy,
    roster,
    running: new Map(),
    at: shift(T.finished, 60),
    ...rest,
  });
  const lines = drift.map(({ kind, what, then, now }) => `${kind}: ${what}: ${then} -> ${now}`);
  return { targets, lines, unverified };
}

const TARGET = fixturePolicy().targets[0]?.id ?? '';
const running = (digest: Digest, target = TARGET) => ({ running: new Map([[target, digest]]) });

describe('drift', () => {
  it('is none on the day itself', () => {
    const { targets, lines, unverified } = today([folders.add(executed())], running(CANDIDATE.digest as Digest));
    expect([lines, unverified]).toEqual([[], []]);
    expect(targets).toMatchObject([{ target: TARGET, candidate: CANDIDATE.digest, running: CANDIDATE.digest }]);
  });

  // shows: R107
  it('of what runs: something else than was executed last, or something where nothing was', () => {
    const pack = folders.add(executed());
    const other = digestOf('hand-edited') as Digest;
    expect(today([pack], running(other)).lines).toEqual([`running: digest: ${CANDIDATE.digest} -> ${other}`]);
    expect(today([pack], running(other, 'somewhere-else')).lines).toEqual([`running: digest: nothing -> ${other}`]);
    expect(today([folders.add(denied())], running(other)).lines).toEqual([`running: digest: nothing -> ${other}`]);
  });

  it('of what runs: an execution afterwards whose end is not known to be a success', () => {
    const first = folders.add(executed());
    const finished = shift(T.finished, 30);
    const second = new MiniatureService({ request: { idempotency_key: ANOTHER } }).open().evaluate().approve();
    second.claim().confirm({ result: 'failure', exit_code: 1, finished_at: finished }, shift(finished, 1));
    const packs = [folders.add(second), first];
    expect(today(packs).lines).toContain('running: outcome: success -> failure');
    // Whoever looks, knows.
    expect(today(packs, running(CANDIDATE.digest as Digest)).lines).toEqual([]);
  });

  it('of what runs: another subject than the one approved is no success, and the one before counts', () => {
    const packs = [folders.add(executed({ request: { idempotency_key: ANOTHER } }))];
    const other = new MiniatureService().open().evaluate().approve().claim();
    packs.push(folders.add(other.confirm({ subject: digestOf('another subject') })));
    const { targets, lines } = today(packs);
    expect(targets).toMatchObject([{ candidate: CANDIDATE.digest }]);
    expect(lines).toEqual(['running: outcome: success -> subject_differs']);
  });

  it('of what runs: a receipt from the far future hides nothing that comes after it', () => {
    const future = new MiniatureService({ request: { idempotency_key: ANOTHER } }).open().evaluate().approve().claim();
    future.confirm({ finished_at: '2999-01-01T00:00:00.000Z' });
    const later = new MiniatureService().open().evaluate().approve().claim();
    later.confirm({ result: 'failure', exit_code: 1, finished_at: shift(T.finished, 30) }, shift(T.finished, 31));
    expect(today([folders.add(future), folders.add(later)]).lines).toEqual(['running: outcome: success -> failure']);
  });

  it('counts a decision once, and none of another tenant', () => {
    const rejected = () => new MiniatureService({ request: { idempotency_key: ANOTHER } }).open().evaluate().reject();
    const packs = [executed(), executed(), rejected(), rejected()].map((service) => folders.add(service));
    expect(today(packs).lines).toHaveLength(1);
    const foreign = { ...fixturePolicy(), tenant: 'globex' };
    expect(today(packs.slice(0, 1), { policyIs: foreign })).toMatchObject({
      targets: [],
      unverified: packs.slice(0, 1),
    });
  });

  it('of authority: whoever broke glass holds the role no more', () => {
    const service = breakable().override().claim().confirm();
    const { lines } = today([folders.add(service)], { policyIs: service.policy });
    expect(lines).toEqual(['authority: p-axe: breakglass_officer -> does not hold it']);
  });

  // shows: R107
  it('of the environment: the table says something else of the target, or nothing any more', () => {
    const policyIs = fixturePolicy();
    const [first, ...others] = policyIs.targets;
    const moved = { ...policyIs, targets: [{ ...first!, executors: ['another-runner'] }, ...others] };
    const { lines } = today([folders.add(executed())], { policyIs: moved });
    expect(lines).toContain(`environment: executors[0]: "${first!.executors[0]}" -> "another-runner"`);
    const gone = today([folders.add(executed())], {
      policyIs: { ...policyIs, targets: [{ ...first!, id: 'renamed' }, ...others] },
    });
    expect(gone.lines.filter((line) => line.startsWith('environment: entry:'))).toHaveLength(1);
  });

  // shows: R107
  it('of the policy: the same request would come out otherwise', () => {
    const policyIs = fixturePolicy({
      serial: 2,
      version: '2.0.0',
      routes: [{ id: 'two', when: 'true', slots: [{ role: 'executive', signatures: 2 }] }],
    });
    expect(today([folders.add(executed())], { policyIs }).lines).toEqual([
      'policy: route: "executive" -> "two"',
      'policy: slots.executive: 1 -> 2',
    ]);
  });

  // shows: R107
  it('of authority: who was counted holds the role no more', () => {
    const persons = ROSTER.persons.map((person) =>
      person.actor_id === ACTORS.executive ? { ...person, grants: [] } : person,
    );
    expect(today([folders.add(executed())], { rosterIs: { ...ROSTER, persons } }).lines).toEqual([
      `authority: ${ACTORS.executive}: executive -> does not hold it`,
    ]);
  });

  it('of authority: who delegated holds the role no more, and that the delegate never did is none', () => {
    const service = delegated();
    const packs = [folders.add(service)];
    expect(today(packs, { policyIs: service.policy }).lines).toEqual([]);
    const persons = ROSTER.persons.map((person) =>
      person.actor_id === ACTORS.executive ? { ...person, grants: [] } : person,
    );
    expect(today(packs, { policyIs: service.policy, rosterIs: { ...ROSTER, persons } }).lines).toEqual([
      `authority: ${ACTORS.executive}: executive -> does not hold it`,
    ]);
  });

  // shows: R107
  it('of verdicts: one candidate cleared here and rejected there', () => {
    const rejected = new MiniatureService({ request: { idempotency_key: ANOTHER } }).open().evaluate().reject();
    const { lines } = today([folders.add(executed()), folders.add(rejected)]);
    expect(lines).toEqual([
      `verdict: ${CANDIDATE.digest}: rejected by ${ACTORS.executive} -> cleared in ${executed().decisionId}`,
    ]);
  });

  it('is read out of no pack that does not hold; and none is there where nothing was evaluated', () => {
    const torn = folders.addTorn(executed());
    expect(today([torn, folders.add(cancelledEarly())])).toEqual({ targets: [], lines: [], unverified: [torn] });
  });
});
