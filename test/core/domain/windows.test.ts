import { describe, expect, it } from 'vitest';
import { viewOf } from '../../../core/contracts/view.ts';
import { why } from '../../../core/domain/why.ts';
import { given } from './specification.ts';
import { CHAINS, claim, digest, HOUR, MINUTE, s } from './world.ts';

/** Change windows (ruling 9): instants of the route, by the time a claim comes. */

const WINDOWS = [
  { opens: s(10 * MINUTE), closes: s(15 * MINUTE) },
  { opens: s(30 * MINUTE), closes: s(HOUR) },
];
const authorized = given(
  CHAINS.authorized.map((event) => (event.event_type === 'authority.routed' ? { ...event, windows: WINDOWS } : event)),
);

describe('a claim on a target with change windows', () => {
  it('is cleared in one, and its permit ends with it', () => {
    const late = authorized.when(claim('w-deployer', 12 * MINUTE)).gives('execution.cleared');
    expect(late.drafts.at(-1)).toMatchObject({ not_after: s(15 * MINUTE), bounded_by: 'change_window' });
    const early = authorized.when(claim('w-deployer', 31 * MINUTE)).gives('execution.cleared');
    expect(early.drafts.at(-1)).toMatchObject({ not_after: s(41 * MINUTE), bounded_by: 'permit_life_s' });
    authorized.when(claim('w-deployer', 10 * MINUTE)).gives('execution.cleared');
  });

  it('is refused outside, and told when the next one opens', () => {
    const told = authorized.when(claim('w-deployer', 9 * MINUTE)).refuses('claim.outside_window');
    expect(told.drafts.at(-1)).toMatchObject({ opens: s(10 * MINUTE) });
    const between = authorized.when(claim('w-deployer', 15 * MINUTE)).refuses('claim.outside_window');
    expect(between.drafts.at(-1)).toMatchObject({ opens: s(30 * MINUTE) });
    between.when(claim('w-deployer', 31 * MINUTE)).gives('execution.cleared');
  });

  it('is told of none where none opens any more', () => {
    const chain = CHAINS.authorized.map((event) =>
      event.event_type === 'authority.routed' ? { ...event, windows: WINDOWS.slice(0, 1) } : event,
    );
    const told = given(chain)
      .when(claim('w-deployer', 15 * MINUTE))
      .refuses('claim.outside_window');
    expect(told.drafts.at(-1)).not.toHaveProperty('opens');
  });

  it('is refused for what is missing first: no window makes up for it', () => {
    const routed = CHAINS.routed.map((event) =>
      event.event_type === 'authority.routed' ? { ...event, windows: WINDOWS } : event,
    );
    given(routed)
      .when(claim('w-deployer', 9 * MINUTE))
      .refuses('claim.authority_missing');
    given(routed)
      .when(claim('w-deployer', 12 * MINUTE))
      .refuses('claim.authority_missing');
  });

  it('shows when, to whoever asks why', () => {
    const tree = why(authorized.state, []);
    expect(tree.waiting[0]?.says).toBe(
      `approved; an executor has to claim it, in a change window: from ${s(10 * MINUTE)} until ${s(15 * MINUTE)}, from ${s(30 * MINUTE)} until ${s(HOUR)}`,
    );
    expect(tree.next).toContainEqual({
      at: s(10 * MINUTE),
      what: `a change window opens, until ${s(15 * MINUTE)}`,
    });
    expect(viewOf({ decisionId: 'd', request: digest('r') }, authorized.state, null).windows).toEqual(WINDOWS);
    const none = CHAINS.authorized.map((event) =>
      event.event_type === 'authority.routed' ? { ...event, windows: [] } : event,
    );
    expect(why(given(none).state, []).waiting[0]?.says).toContain('no change window opens before the deadline');
  });
});
