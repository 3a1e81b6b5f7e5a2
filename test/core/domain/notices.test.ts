import { describe, expect, it } from 'vitest';
import { viewOf } from '../../../core/contracts/view.ts';
import { nextEnd, nextInstant } from '../../../core/domain/deadline.ts';
import { why } from '../../../core/domain/why.ts';
import { given } from './specification.ts';
import {
  abstention,
  approval,
  asking,
  BREAKGLASS,
  claim,
  DAY,
  digest,
  HOUR,
  MINUTE,
  override,
  rejection,
  revocation,
  routed,
  s,
  tick,
  upTo,
} from './world.ts';

/** Reminders and escalation: instants fixed at routing, and what time makes of them. */

const WIDER = {
  at: s(30 * MINUTE),
  widened: [{ role: 'security_owner', by: ['incident_lead'] }],
  candidates: [{ role: 'security_owner', count: 4, actor_ids: ['p-bob', 'p-cyd', 'p-dee', 'p-lea'] }],
} as const;
const reminded = [s(10 * MINUTE), s(40 * MINUTE)];
const slots = { release_owner: 1, security_owner: 1 };
const waiting = given(upTo(asking(slots, { reminders: reminded, escalation: [WIDER], breakglass: BREAKGLASS })));
const [releaseOwners, securityOwners] = routed().candidates;

describe('a reminder', () => {
  it('goes out at its instant, not before it, and names who is still waited for', () => {
    waiting.when(tick(10 * MINUTE - 0.001)).nothing();
    expect(nextInstant(waiting.state)).toEqual({ limit: 'reminder', at: s(10 * MINUTE) });
    waiting.when(tick(10 * MINUTE)).then({
      event_type: 'authority.reminded',
      timestamp: s(10 * MINUTE),
      actor_id: 'SYSTEM',
      due: s(10 * MINUTE),
      waiting_for: [
        { role: 'release_owner', signatures: 1, actor_ids: ['p-ann', 'p-cyd', 'p-dee'] },
        { role: 'security_owner', signatures: 1, actor_ids: ['p-bob', 'p-cyd', 'p-dee'] },
      ],
    });
  });

  it('leaves out who has signed or abstained, and goes out once', () => {
    const spoken = waiting
      .when(approval('p-ann', 60))
      .gives('authority.approved')
      .when(abstention('p-bob', 90))
      .gives('authority.abstained')
      .when(tick(10 * MINUTE))
      .gives('authority.reminded');
    expect(spoken.drafts.at(-1)).toMatchObject({
      waiting_for: [{ role: 'security_owner', signatures: 1, actor_ids: ['p-cyd', 'p-dee'] }],
    });
    spoken.when(tick(11 * MINUTE)).nothing();
    expect(nextInstant(spoken.state)).toEqual({ limit: 'escalation', at: s(30 * MINUTE) });
  });

  it('is passed over where nobody was waited for when its time came', () => {
    const back = waiting
      .when(approval('p-ann', 60))
      .gives('authority.approved')
      .when(approval('p-bob', 90))
      .gives('authority.approved')
      .when(tick(10 * MINUTE))
      .nothing()
      .when(revocation('p-bob', 20 * MINUTE))
      .gives('authority.revoked');
    back.when(tick(20 * MINUTE)).nothing();
    expect(nextInstant(back.state)).toEqual({ limit: 'escalation', at: s(30 * MINUTE) });
  });

  it('that a worker came to late goes out before whatever came after it, with everything else that was due', () => {
    const late = waiting
      .when(approval('p-ann', 31 * MINUTE))
      .gives('authority.reminded', 'authority.escalated', 'authority.approved');
    expect(late.drafts.slice(-3).map(({ timestamp }) => timestamp)).toEqual(Array(3).fill(s(31 * MINUTE)));
    late.when(tick(31 * MINUTE)).nothing();
  });

  it('comes with the approvals that had ended meanwhile, so that each event can be derived from the one before', () => {
    const ended = waiting
      .when(approval('p-ann', 60, { statement: { expires_at: s(5 * MINUTE) } }))
      .gives('authority.approved')
      .when(approval('p-bob', 11 * MINUTE))
      .gives('authority.reminded', 'authority.expired', 'authority.approved');
    expect(ended.drafts.at(-3)).toMatchObject({ waiting_for: [{ role: 'release_owner' }, { role: 'security_owner' }] });
  });

  it('also stands before a refusal, and before a rejection and its denial', () => {
    waiting.when(approval('p-out', 11 * MINUTE)).gives('authority.reminded', 'statement.refused');
    waiting.when(rejection('p-ann', 11 * MINUTE)).gives('authority.reminded', 'authority.rejected', 'decision.denied');
  });
});

describe('an escalation', () => {
  const escalated = waiting
    .when(tick(10 * MINUTE))
    .gives('authority.reminded')
    .when(tick(30 * MINUTE))
    .then({
      event_type: 'authority.escalated',
      timestamp: s(30 * MINUTE),
      actor_id: 'SYSTEM',
      due: s(30 * MINUTE),
      step: 1,
      widened: WIDER.widened,
      candidates: [releaseOwners!, WIDER.candidates[0]],
    });

  it('lets wider roles fill the slot, from its event on and not before', () => {
    waiting.when(approval('p-lea', 30 * MINUTE - 1)).gives('authority.reminded', 'statement.refused');
    const before = given(upTo(asking(slots, { escalation: [WIDER] })));
    before.when(approval('p-lea', 30 * MINUTE - 1)).refuses('approval.role_not_required');
    const filled = escalated.when(approval('p-lea', 31 * MINUTE)).gives('authority.approved');
    expect(filled.drafts.at(-1)).toMatchObject({
      role: 'security_owner',
      roles: ['incident_lead'],
      assignment: [{ role: 'security_owner', actor_id: 'p-lea' }],
      satisfied: false,
    });
    const both = filled.when(approval('p-ann', 32 * MINUTE)).gives('authority.approved');
    expect(both.state.stage).toBe('authorized');
    both.when(claim('w-deployer', 33 * MINUTE)).gives('execution.cleared');
  });

  it('widens one role only: the other still wants its own people', () => {
    escalated
      .when(approval('p-lea', 31 * MINUTE))
      .gives('authority.approved')
      .when(approval('p-bob', 32 * MINUTE))
      .gives('authority.approved')
      .when(claim('w-deployer', 33 * MINUTE))
      .refuses('claim.authority_missing');
  });

  it('bars whom a duty bars, whatever wider role they hold', () => {
    const boss = { roles: ['incident_lead'] } as const;
    escalated
      .when(approval('p-boss', 31 * MINUTE, { signer: boss, statement: { roles: ['incident_lead'] } }))
      .refuses('approval.by_requester_controller');
  });

  it('never approves: what was signed before counts for no more than it did', () => {
    const two = { signer: { roles: ['incident_lead', 'release_owner'] } } as const;
    const offered = { ...two, statement: { roles: ['incident_lead', 'release_owner'] } } as const;
    const before = waiting
      .when(approval('p-ann', 60, offered))
      .gives('authority.approved')
      .when(approval('p-cyd', 90, { statement: { roles: ['release_owner'] } }))
      .gives('authority.approved')
      .when(tick(10 * MINUTE))
      .gives('authority.reminded')
      .when(tick(30 * MINUTE))
      .gives('authority.escalated');
    // With the wider role p-ann could fill security_owner, and p-cyd release_owner.
    expect(before.state.stage).toBe('routed');
    before.when(claim('w-deployer', 31 * MINUTE)).refuses('claim.authority_missing');
    expect(before.when(approval('p-lea', 32 * MINUTE)).gives('authority.approved').state.stage).toBe('authorized');
  });

  it('leaves the approvals that stand as they are', () => {
    const signed = waiting
      .when(approval('p-bob', 60))
      .gives('authority.approved')
      .when(tick(10 * MINUTE))
      .gives('authority.reminded')
      .when(tick(30 * MINUTE))
      .gives('authority.escalated')
      .when(approval('p-ann', 31 * MINUTE))
      .gives('authority.approved');
    expect(signed.drafts.at(-1)).toMatchObject({ satisfied: true });
  });

  it('is made up for where the decision was approved when its time came, and is open again', () => {
    const open = waiting
      .when(approval('p-ann', 60))
      .gives('authority.approved')
      .when(approval('p-bob', 90))
      .gives('authority.approved')
      .when(tick(30 * MINUTE))
      .nothing()
      .when(revocation('p-bob', 35 * MINUTE))
      .gives('authority.revoked');
    expect(nextInstant(open.state)).toEqual({ limit: 'escalation', at: s(30 * MINUTE) });
    expect(
      open
        .when(tick(35 * MINUTE))
        .gives('authority.escalated')
        .drafts.at(-1),
    ).toMatchObject({
      due: s(30 * MINUTE),
      timestamp: s(35 * MINUTE),
    });
  });

  it('is made up for as well before a statement that comes before anybody saw an approval end', () => {
    const ended = waiting
      .when(approval('p-ann', 60))
      .gives('authority.approved')
      .when(approval('p-bob', 90, { statement: { expires_at: s(35 * MINUTE) } }))
      .gives('authority.approved')
      .when(approval('p-lea', 36 * MINUTE))
      .gives('authority.expired', 'authority.escalated', 'authority.approved');
    expect(ended.drafts.at(-1)).toMatchObject({ role: 'security_owner', satisfied: true });
  });

  it('lets a rejection and an abstention by a wider role count as well', () => {
    waiting.when(rejection('p-lea', 60)).refuses('approval.role_not_required');
    escalated.when(rejection('p-lea', 31 * MINUTE)).gives('authority.rejected', 'decision.denied');
    escalated.when(abstention('p-lea', 31 * MINUTE)).gives('authority.abstained');
  });

  it('does not keep a decision from ending: at the deadline it expires, and nothing goes out', () => {
    waiting.when(tick(DAY)).gives('decision.expired');
    // Nor before what comes then: the events of time are those that a tick at that time would bring.
    const life = { statement: { expires_at: s(DAY + HOUR) } };
    waiting.when(approval('p-ann', DAY, life)).gives('authority.approved');
  });

  it('leaves the role that breaks glass what it is', () => {
    const broken = escalated.when(override('p-axe', 31 * MINUTE)).gives('override.breakglass');
    expect(broken.state.stage).toBe('authorized');
  });
});

describe('several steps', () => {
  const second = {
    at: s(HOUR),
    widened: [{ role: 'security_owner', by: ['auditor'] }],
    candidates: [{ role: 'security_owner', count: 5, actor_ids: ['p-bob', 'p-cyd', 'p-dee', 'p-lea', 'p-out'] }],
  };
  const steps = given(upTo(asking(slots, { escalation: [WIDER, second] })));

  it('add up, and both come at once where nobody came to the first', () => {
    const both = steps.when(tick(2 * HOUR)).gives('authority.escalated', 'authority.escalated');
    expect(both.drafts.slice(-2).map((event) => 'step' in event && event.step)).toEqual([1, 2]);
    expect(both.drafts.at(-1)).toMatchObject({ candidates: [releaseOwners, second.candidates[0]] });
    for (const person of ['p-lea', 'p-out'] as const)
      both.when(approval(person, 2 * HOUR + 1)).gives('authority.approved');
    steps.when(approval('p-out', 31 * MINUTE)).gives('authority.escalated', 'statement.refused');
  });
});

describe('what is shown', () => {
  it('names the next reminder and escalation, and the end', () => {
    expect(why(waiting.state, []).next).toEqual([
      { at: s(10 * MINUTE), what: 'reminder to whoever has not signed' },
      { at: s(30 * MINUTE), what: 'escalation: may sign as well: incident_lead for security_owner' },
      { at: s(DAY), what: 'decision_deadline runs out' },
    ]);
    expect(nextEnd(waiting.state)).toEqual({ limit: 'decision_deadline', at: s(DAY) });
    const view = viewOf({ decisionId: 'd', request: digest('request') }, waiting.state, null);
    expect(view).toMatchObject({ nextReminder: s(10 * MINUTE), nextEscalation: s(30 * MINUTE) });
    expect(view).not.toHaveProperty('wider');
  });

  it('names wider roles and who could sign with them, once they may', () => {
    const escalated = waiting.when(tick(31 * MINUTE)).gives('authority.reminded', 'authority.escalated');
    const [missing] = why(escalated.state, []).waiting;
    expect(missing?.says).toContain('1 of 1 from security_owner (or incident_lead, since it was escalated)');
    expect(missing?.causes[1]?.from).toEqual(['p-bob', 'p-cyd', 'p-dee', 'p-lea']);
    const view = viewOf({ decisionId: 'd', request: digest('request') }, escalated.state, null);
    expect(view).toMatchObject({ wider: WIDER.widened, nextReminder: s(40 * MINUTE) });
    expect(view).not.toHaveProperty('nextEscalation');
  });

  it('shows nothing new where the policy configures nothing', () => {
    const plain = given(upTo(asking(slots)));
    expect(why(plain.state, []).next).toEqual([{ at: s(DAY), what: 'decision_deadline runs out' }]);
    expect(Object.keys(viewOf({ decisionId: 'd', request: '' }, plain.state, null))).not.toContain('wider');
    expect(securityOwners?.role).toBe('security_owner');
  });
});
