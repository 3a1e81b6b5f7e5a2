import type { Asked, DecisionEvent } from '../core/domain/events.ts';
import type { Matter } from '../evaluation/admission.ts';
import { asAsked } from '../evaluation/reevaluation.ts';
import { memberOf, type PackedChain } from '../pack/index.ts';
import type { Contents } from './contents.ts';
import { matterIn } from './matter.ts';
import { textIn } from './shapes.ts';

/** One routing of a chain, with what it was evaluated from as the statements say, and not as the events do. */
export interface Routing {
  readonly index: number;
  readonly event: DecisionEvent;
  readonly matter: Matter;
  /** The evaluation's events in front of it; undefined where they are missing. */
  readonly risk: DecisionEvent | undefined;
  readonly policy: DecisionEvent | undefined;
  /** True of every one after the first. */
  readonly anew: boolean;
}

/**
 * Every routing, a second time and without `decide`. What it rests on is what the request names, until the requester has
 * signed a reevaluation that names something else; nobody else's changes that.
 */
export function routingsOf(pack: PackedChain, contents: Contents): readonly Routing[] {
  const { events } = pack;
  const request = contents.statement(memberOf(events[0], 'request'), 'request');
  if (request === null) return [];
  let asked: Asked = request.statement;
  const routings: Routing[] = [];
  for (const [index, event] of events.entries()) {
    if (event.event_type === 'decision.reevaluated') {
      const read = contents.statement(memberOf(event, 'statement'), 'reevaluation');
      if (read !== null && read.statement.signer === request.statement.signer) asked = read.statement;
    }
    if (event.event_type !== 'authority.routed') continue;
    const before = (type: DecisionEvent['event_type']) =>
      events.slice(0, index).findLast(({ event_type }) => event_type === type);
    routings.push({
      index,
      event,
      matter: matterIn(asAsked(request, asked), pack, contents),
      risk: before('risk.evaluated'),
      policy: before('policy.evaluated'),
      anew: routings.length > 0,
    });
  }
  return routings;
}

/** The last routing in front of an event. */
export function routingBefore(routings: readonly Routing[], index: number): Routing | undefined {
  return routings.findLast((routing) => routing.index < index);
}

/** True of two routings under which the same is asked for on the same basis: what time brought about under one holds on. */
export function isSameRoute(a: DecisionEvent, b: DecisionEvent): boolean {
  const [route, basis] = [textIn(a, 'route'), textIn(a, 'basis_digest')];
  return route !== null && basis !== null && route === textIn(b, 'route') && basis === textIn(b, 'basis_digest');
}
