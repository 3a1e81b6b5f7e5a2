import { log } from '@temporalio/activity';
import type { RegularActivities } from '../core/contracts/activities.ts';
import { ServiceError } from '../core/contracts/failures.ts';
import { fold } from '../core/domain/evolve.ts';
import { noticeOf } from '../evaluation/index.ts';
import { readChain } from './chain.ts';
import type { Dependencies } from './dependencies.ts';
import { loadMatter } from './matter.ts';

/**
 * Tells people what an event of the chain means for them. Everything in the notice comes from the chain and its roster,
 * so that whoever else schedules this can make nobody believe anything that is not so.
 */
export function notify(dependencies: Dependencies): RegularActivities['notify'] {
  const { notifier, registry, tenant } = dependencies;
  return async ({ decisionId, sequence }) => {
    const chain = (await readChain(dependencies, decisionId)).slice(0, sequence);
    const event = chain.at(-1);
    const state = fold(chain);
    if (event?.sequence !== sequence || !('routing' in state) || state.routing === null) throw noSuchEvent(sequence);
    const roster = await registry.roster(state.routing.roster.digest);
    const { environment } = await loadMatter(dependencies, state.requested.request);
    const scope = { environment, action: state.requested.action, at: event.timestamp };
    const notice = noticeOf({ tenant, event, state, roster, scope });
    if (notice === null) throw noSuchEvent(sequence);
    if (notifier === null) {
      log.warn('nobody is told: no folder for notices is configured', { decisionId, sequence, kind: notice.kind });
      return { told: 0 };
    }
    await notifier.send(notice).catch((cause: unknown) => {
      const got = cause instanceof Error && 'code' in cause ? String(cause.code) : 'a failure without a code';
      throw new ServiceError(
        'notice.not_carried',
        { message: 'a notice was not taken', expected: 'a line', got },
        { cause },
      );
    });
    return { told: notice.recipients.length };
  };
}

function noSuchEvent(sequence: number): ServiceError {
  return new ServiceError('notice.no_event', {
    message: 'nobody is told of this event',
    expected: 'a reminder, an escalation, a nudge, a reassignment or broken glass of a routed decision',
    got: `sequence ${sequence}`,
  });
}
