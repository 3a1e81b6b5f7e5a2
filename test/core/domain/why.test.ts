import { describe, expect, it } from 'vitest';
import { type CauseTree, type Trouble, why } from '../../../core/domain/why.ts';
import type { EventDraft } from '../../../core/domain/events.ts';
import type { Stage } from '../../../core/domain/state.ts';
import { INTAKE_LIMIT_S } from '../../../core/domain/stages/request.ts';
import { given } from './specification.ts';
import {
  abstention,
  type Actor,
  approval,
  approved,
  asking,
  CHAINS,
  cleared,
  DAY,
  HOUR,
  MINUTE,
  revocation,
  s,
  tick,
  upTo,
} from './world.ts';

const tree = (chain: readonly EventDraft[], troubles: readonly Trouble[] = []): CauseTree =>
  why(given(chain).state, troubles);

/** What is awaited, from whom, and whom else each part of it waits for. */
const awaited = (chain: readonly EventDraft[]) =>
  tree(chain).waiting.map(({ what, says, from, causes }) => ({
    what,
    says,
    from,
    causes: causes.map((cause) => [cause.what, cause.from]),
  }));

// shows: R108
describe('what a decision waits for', () => {
  const evaluation = {
    what: 'evaluation',
    says: 'policy, risk and route are being evaluated',
    from: [],
    causes: [],
  };
  const EXPECTED: Record<Stage, ReturnType<typeof awaited>> = {
    empty: [{ what: 'request', says: 'the request is being read', from: [], causes: [] }],
    requested: [evaluation],
    policy_evaluated: [evaluation],
    risk_evaluated: [evaluation],
    routed: [
      {
        what: 'approval',
        says: 'missing signatures: 1 of 1 from release_owner; 1 of 1 from security_owner',
        from: ['release_owner', 'security_owner'],
        causes: [
          ['role release_owner', ['p-ann', 'p-cyd', 'p-dee']],
          ['role security_owner', ['p-bob', 'p-cyd', 'p-dee']],
        ],
      },
    ],
    authorized: [
      { what: 'clearance', says: 'approved; an executor has to claim it', from: ['w-deployer', 'w-spare'], causes: [] },
    ],
    cleared: [{ what: 'receipt', says: 'cleared; its executor has to confirm', from: ['w-deployer'], causes: [] }],
    closed: [],
  };

  it.each(Object.entries(CHAINS))('in stage %s', (stage, chain) => {
    expect(awaited(chain)).toEqual(EXPECTED[stage as Stage]);
  });

  const SINCE: Record<Stage, string | null> = {
    empty: null,
    requested: s(0),
    policy_evaluated: s(1),
    risk_evaluated: s(1),
    routed: s(1),
    authorized: s(120),
    cleared: s(180),
    closed: s(240),
  };

  it.each(Object.entries(CHAINS))('and since when, in stage %s', (stage, chain) => {
    const { since, waiting, stage: said } = tree(chain);
    expect([said, since]).toEqual([stage, SINCE[stage as Stage]]);
    expect(waiting.map((cause) => cause.since)).toEqual(waiting.map(() => since));
  });

  it('leaves out roles that are filled, and people who have signed', () => {
    expect(awaited([...CHAINS.routed, approved('p-ann', 60)])).toEqual([
      {
        what: 'approval',
        says: 'missing signatures: 1 of 1 from security_owner',
        from: ['security_owner'],
        causes: [['role security_owner', ['p-bob', 'p-cyd', 'p-dee']]],
      },
    ]);
    const two = given(upTo(asking({ release_owner: 2 })))
      .when(approval('p-cyd', 60))
      .gives('authority.approved');
    expect(awaited(two.drafts)).toMatchObject([
      { says: 'missing signatures: 1 of 2 from release_owner', causes: [['role release_owner', ['p-ann', 'p-dee']]] },
    ]);
  });

  it('names those too whose signature would free somebody for the open role', () => {
    const cyd = given(CHAINS.routed).when(approval('p-cyd', 60)).gives('authority.approved');
    expect(awaited(cyd.drafts)).toEqual([
      {
        what: 'approval',
        says: 'missing signatures: or another from release_owner, who would free a signer of it; 1 of 1 from security_owner',
        from: ['release_owner', 'security_owner'],
        causes: [
          ['role release_owner', ['p-ann', 'p-dee']],
          ['role security_owner', ['p-bob', 'p-dee']],
        ],
      },
    ]);
  });

  it.each<readonly [readonly Actor[]]>([[[]], [['p-ann']], [['p-bob']], [['p-cyd']]])(
    'names after %j exactly those whose signature brings it on',
    (signers) => {
      const before = signers.reduce(
        (chain, signer) => chain.when(approval(signer, MINUTE)).gives('authority.approved'),
        given(CHAINS.routed),
      );
      const named = new Set(why(before.state, []).waiting.flatMap(({ causes }) => causes.flatMap(({ from }) => from)));
      const filled = (event: EventDraft | undefined) =>
        event?.event_type === 'authority.approved' ? event.assignment.length : 0;
      const people: readonly Actor[] = ['p-ann', 'p-bob', 'p-cyd', 'p-dee', 'p-lea', 'p-out', 'p-kit'];
      const helpful = people.filter(
        (person) => filled(before.when(approval(person, 2 * MINUTE)).decided[0]) > signers.length,
      );
      expect([...named].sort()).toEqual(helpful);
    },
  );

  it('waits again for who took it back, and not for who abstained', () => {
    const after = given(CHAINS.authorized)
      .when(revocation('p-ann', 150))
      .gives('authority.revoked')
      .when(abstention('p-cyd', 160))
      .gives('authority.abstained');
    expect(awaited(after.drafts)[0]?.causes).toEqual([['role release_owner', ['p-ann', 'p-dee']]]);
  });

  it('waits again for who expired', () => {
    const after = given(CHAINS.authorized)
      .when(tick(60 + HOUR))
      .gives('authority.expired');
    expect(awaited(after.drafts)[0]?.causes).toEqual([['role release_owner', ['p-ann', 'p-cyd', 'p-dee']]]);
  });
});

describe('what fails', () => {
  const ledger: Trouble = {
    what: 'ledger',
    code: 'ledger.unavailable',
    detail: 'connection refused',
    since: s(30),
    nextTry: s(45),
  };
  const quarantine: Trouble = {
    what: 'quarantine',
    code: 'ledger.undecided',
    detail: 'sequence 4',
    since: s(31),
    nextTry: null,
  };

  it.each(Object.entries(CHAINS))('is shown in stage %s, whole and as a cause of the wait', (stage, chain) => {
    const { failing, waiting } = tree(chain, [ledger, quarantine]);
    expect(failing).toEqual([ledger, quarantine]);
    const causes = stage === 'closed' ? waiting : (waiting[0]?.causes ?? []);
    expect(causes.slice(-2)).toEqual([
      { what: 'ledger', says: 'ledger.unavailable: connection refused', since: s(30), from: [], causes: [] },
      { what: 'quarantine', says: 'ledger.undecided: sequence 4', since: s(31), from: [], causes: [] },
    ]);
  });

  it('comes in what happens next, soonest first, where it will be tried again', () => {
    const retry = (seconds: number): Trouble => ({ ...ledger, nextTry: s(seconds) });
    expect(tree(CHAINS.routed, [retry(2 * DAY), quarantine, retry(90)]).next).toEqual([
      { at: s(90), what: 'retry ledger' },
      { at: s(DAY), what: 'decision_deadline runs out' },
      { at: s(2 * DAY), what: 'retry ledger' },
    ]);
    expect(tree(CHAINS.routed, [retry(DAY)]).next.map(({ what }) => what)).toEqual([
      'retry ledger',
      'decision_deadline runs out',
    ]);
  });
});

describe('what time will do', () => {
  const NEXT: Record<Stage, CauseTree['next']> = {
    empty: [],
    requested: [{ at: s(INTAKE_LIMIT_S), what: 'intake_deadline runs out' }],
    policy_evaluated: [{ at: s(INTAKE_LIMIT_S), what: 'intake_deadline runs out' }],
    risk_evaluated: [{ at: s(INTAKE_LIMIT_S), what: 'intake_deadline runs out' }],
    routed: [{ at: s(DAY), what: 'decision_deadline runs out' }],
    authorized: [{ at: s(60 + HOUR), what: 'approval runs out' }],
    cleared: [{ at: cleared(180).confirm_by, what: 'confirm_by runs out' }],
    closed: [],
  };

  it.each(Object.entries(CHAINS))('in stage %s', (stage, chain) => {
    expect(tree(chain).next).toEqual(NEXT[stage as Stage]);
  });
});
