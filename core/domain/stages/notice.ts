import { deadlineOf } from '../deadline.ts';
import type { EventDraft } from '../events.ts';
import { awaitedIn, candidatesIn, type Notice, noticesAhead } from '../notices.ts';
import type { StateAt } from '../state.ts';
import { SYSTEM_ACTOR, type Timestamp } from '../vocabulary.ts';
import { liveAt, type Pending } from './pending.ts';

type NoticeDraft = Extract<EventDraft, { event_type: 'authority.reminded' | 'authority.escalated' }>;

/** Reminders and steps of escalation whose time has come by `at`, in their order; none once the decision is over. */
export function decideNotices(state: Pending, at: Timestamp): readonly NoticeDraft[] {
  if (state.stage !== 'routed' || at >= deadlineOf(state).at) return [];
  const drafts: NoticeDraft[] = [];
  let so = state;
  for (const notice of noticesAhead(state).filter((one) => one.at <= at)) {
    const draft = draftOf(notice, so, at);
    drafts.push(draft);
    so = evolveNotice(so, draft);
  }
  return drafts;
}

function draftOf(notice: Notice, state: StateAt<'routed'>, at: Timestamp): NoticeDraft {
  const system = { timestamp: at, actor_id: SYSTEM_ACTOR, due: notice.at } as const;
  if (notice.kind === 'escalation') {
    const { step, what } = notice;
    const candidates = candidatesIn({ ...state, escalated: step });
    return { event_type: 'authority.escalated', ...system, step, widened: what.widened, candidates };
  }
  const now = { ...state, delegations: liveAt(state.delegations, at) };
  const waiting_for = awaitedIn(now, liveAt(state.approvals, at)).map(({ role, signatures, actor_ids }) => ({
    role,
    signatures,
    actor_ids,
  }));
  return { event_type: 'authority.reminded', ...system, waiting_for };
}

export function evolveNotice<S extends StateAt<'routed'>>(state: S, draft: NoticeDraft): S {
  return draft.event_type === 'authority.reminded'
    ? { ...state, reminded: draft.due }
    : { ...state, escalated: draft.step };
}
