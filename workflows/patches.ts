import { patched } from '@temporalio/workflow';

/**
 * Changes of behaviour that decisions in flight may meet, by name and date. A history without the marker replays as it was
 * recorded; a decision that begins now, or has not come that far, takes the new way.
 *
 * Closed, and pinned by a test: histories that hold the marker for all of them know nothing of a later one, which is asked
 * for by its own name alone (ADR 0046).
 */
export const PATCHES = {
  /**
   * A step is one local activity, which gathers, decides and appends; and a pack is sealed by a local activity first, by
   * the regular one only once that has failed. Before: facts in one call, the decision here, the append in another, and
   * the facts once more, only to find that it stood; and every pack by the regular activity.
   */
  oneCallAStep: '2026-11-26-one-call-a-step',
  /**
   * A chain that is found damaged when its permit is to be issued quarantines the decision. Before, the permit was tried
   * for ever. The marker stands only where that happens.
   */
  quarantineAtClearance: '2026-11-26-quarantine-at-clearance',
  /**
   * A run that goes on from a chain which no run before it is known to have verified decides each batch again. Before,
   * it took the seals' word.
   */
  adoptWhatIsResumed: '2026-11-26-adopt-what-is-resumed',
  /** A decision shows its state and its cause tree in its memo. Before, queries answered them. */
  shownInMemo: '2026-11-26-shown-in-memo',
  /**
   * One local activity at a time: a replay ends them in the order in which they began, whatever order they had ended in.
   * The marker stands only where one has to wait for another.
   */
  oneAtATime: '2026-11-26-one-at-a-time',
  /** A quarantine restricts its tenant. The marker stands only where there is one. */
  restricts: '2026-11-26-restricts',
  /** What was let out joins the history of its target, once it is sealed. Before, nobody kept one. */
  records: '2026-11-26-records',
  /**
   * What was let out was recorded by whoever sealed it, and is not recorded again. Before, it always was; and a decision
   * that was sealed by a newer worker may be carried on by an older one.
   */
  recordsWithSeal: '2026-11-27-records-with-seal',
  /** People are told of reminders, escalations and broken glass. The marker stands only where there is something to tell. */
  notifies: '2026-11-26-notifies',
  /**
   * A claim that is refused because the roster has changed has the decision evaluated anew. Before, it was only refused.
   * The marker stands only where that happens.
   */
  reevaluates: '2026-11-26-reevaluates',
  /**
   * A decision that is told that governance has spoken looks whether it rests on what is revoked, and ends where it does.
   * Before, such a signal did nothing. The marker stands only where one came.
   */
  stops: '2026-11-26-stops',
  /**
   * What is not of the form of what decisions show counts as nothing shown. Before, a stranger who had put it there kept a
   * decision from showing anything, or from being carried on. The marker stands only where such a thing is met.
   */
  knowsItsOwnMemo: '2026-11-27-knows-its-own-memo',
} as const;

/** Stands for all of the above, so that a decision that begins now has one marker, of two events, and not one for each. */
const ALL_OF_THEM = '2026-11-27-all-before';

/**
 * Whether the run goes the new way where a patch has parted two. One that has come this far by the old way, and is live
 * now, takes all new ways from here on.
 */
export function takes(patch: keyof typeof PATCHES): boolean {
  return patched(ALL_OF_THEM) || patched(PATCHES[patch]);
}
