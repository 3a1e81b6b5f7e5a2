import { describe, expect, it } from 'vitest';
import { type ClosedDecision, decideAddendum } from '../../../core/domain/addendum.ts';
import type { EventDraft } from '../../../core/domain/events.ts';
import { why } from '../../../core/domain/why.ts';
import { given, linked } from './specification.ts';
import {
  type Act,
  approval,
  CHAINS,
  claim,
  condition,
  DAY,
  DECISION,
  digest,
  HOUR,
  ORIGIN,
  receipt,
  revocation,
  s,
  TENANT,
} from './world.ts';

/** What an approval asks for besides. What is refused stands in `refusals.test.ts`. */

const ALARM = { id: 'alarm', what: digest('what'), due: s(HOUR), role: 'incident_lead' } as const;
const BEFORE = { ...ALARM, before: 'clearance' } as const;
const STOPPING = { ...ALARM, stops: 'error_rate' } as const;
const ann = digest(`approval p-ann ${s(60)}`);

const asking = (one: typeof ALARM | typeof BEFORE | typeof STOPPING) =>
  given(CHAINS.routed)
    .when(approval('p-ann', 60, { statement: { conditions: [one] }, stops: ['error_rate'] }))
    .gives('authority.approved')
    .when(approval('p-bob', 120))
    .gives('authority.approved');
const breach = { statement: { verdict: 'breached' as const } };

describe('a condition', () => {
  it('stands in the approval, which counts', () => {
    const { drafts, state } = asking(STOPPING);
    expect(drafts.at(-2)).toMatchObject({ event_type: 'authority.approved', conditions: [STOPPING] });
    expect(state).toMatchObject({ stage: 'authorized' });
    asking(ALARM).when(claim('w-deployer', 150)).gives('execution.cleared');
  });

  it('to hold before the clearance keeps it off until it is discharged, and `why` says so', () => {
    const open = asking(BEFORE);
    open.when(claim('w-deployer', 150)).refuses('claim.condition_open');
    expect(why(open.state, []).waiting[0]).toMatchObject({ what: 'condition', from: ['incident_lead'] });
    const discharged = open.when(condition('p-lea', 160)).then({
      event_type: 'condition.settled',
      timestamp: s(160),
      actor_id: 'p-lea',
      statement: digest(`condition p-lea ${s(160)}`),
      approval: ann,
      condition: 'alarm',
      verdict: 'discharged',
      findings: digest('findings'),
      late: false,
    });
    expect(why(discharged.state, []).waiting).toMatchObject([{ what: 'clearance' }]);
    discharged.when(claim('w-deployer', 170)).gives('execution.cleared');
  });

  it('that is due keeps a clearance off only after its instant', () => {
    const due = (seconds: number) => asking({ ...ALARM, due: s(seconds) } as unknown as typeof ALARM);
    due(150).when(claim('w-deployer', 150)).gives('execution.cleared');
    due(150).when(claim('w-deployer', 150.001)).refuses('claim.condition_open');
  });

  it('goes with its approval', () => {
    const gone = asking(BEFORE).when(revocation('p-ann', 130)).gives('authority.revoked');
    const anew = gone.when(approval('p-ann', 140)).gives('authority.approved');
    anew.when(claim('w-deployer', 150)).gives('execution.cleared');
  });

  it('that was not kept fires its stop condition, also by the word of a workload, and also after a discharge', () => {
    const cleared = asking(STOPPING).when(claim('w-deployer', 150)).gives('execution.cleared');
    const discharged = cleared.when(condition('p-lea', 160)).gives('condition.settled');
    for (const before of [cleared, discharged]) {
      const fired = before.when(condition('w-robot', 200, breach)).gives('condition.settled');
      expect(fired.drafts.at(-1)).toMatchObject({ verdict: 'breached', fires: 'error_rate', late: false });
      expect(fired.state.stage).toBe('cleared');
    }
    expect(discharged.drafts.at(-1)).not.toHaveProperty('fires');
  });

  it('is kept by the closed decision, with what was said of it', () => {
    const closed = asking(ALARM)
      .when(claim('w-deployer', 150))
      .gives('execution.cleared')
      .when(condition('p-lea', 160))
      .gives('condition.settled')
      .when(receipt('w-deployer', 200))
      .gives('execution.confirmed');
    expect(closed.state).toMatchObject({
      conditional: [{ statement: ann, conditions: [{ id: 'alarm', verdict: 'discharged' }] }],
    });
    expect(given(CHAINS.closed).state).not.toHaveProperty('conditional');
  });
});

describe('word of a condition after the end', () => {
  const closed = asking(STOPPING)
    .when(claim('w-deployer', 150))
    .gives('execution.cleared')
    .when(receipt('w-deployer', 200))
    .gives('execution.confirmed').drafts;

  function addendum(act: Act): readonly EventDraft[] {
    const { state } = given(closed);
    const command = act(state);
    if (command.type !== 'submit' || state.stage !== 'closed') throw new TypeError('a statement for a closed decision');
    const decision: ClosedDecision = {
      decisionId: DECISION,
      origin: ORIGIN,
      tenant: TENANT,
      head: linked(closed).at(-1)?.integrity_hash ?? '',
      cleared: null,
      involved: [],
      conditional: state.conditional ?? [],
      barred: ['p-kit'],
      confirmed: true,
      wayBack: null,
      pack: null,
      signerStands: false,
    };
    return decideAddendum(decision, command.admitted, command.at);
  }

  it('stands in an addendum, late where it is, and fires what it fires', () => {
    expect(addendum(condition('p-lea', 300))).toMatchObject([
      { event_type: 'addendum.opened' },
      { event_type: 'condition.settled', approval: ann, condition: 'alarm', verdict: 'discharged', late: false },
    ]);
    expect(addendum(condition('p-lea', DAY, breach))[1]).toMatchObject({ late: true, fires: 'error_rate' });
  });

  it.each([
    ['condition.unknown', condition('p-lea', 300, { statement: { condition: 'other' } })],
    ['condition.role', condition('p-ann', 300)],
    ['condition.involved', condition('p-lea', 300, { signer: { duties: ['evidence_author'] } })],
    ['condition.involved', condition('p-kit', 300, { signer: { roles: ['incident_lead'], duties: [] } })],
  ])('is refused with %s as before it', (code, act) => {
    expect(addendum(act)[1]).toMatchObject({ event_type: 'statement.refused', kind: 'condition', code });
  });
});
