import type { CauseTree, DecisionView, Shown } from './messages.ts';
import { MEMO, MEMO_SINCE } from './names.ts';

/** Fields of a workflow's memo; whoever may start workflows could have put anything there. */
export type Memo = Readonly<Record<string, unknown>>;

/** What was shown in full. */
interface Full extends Shown {
  /**
   * Build that wrote it. A later one rebuilds a memo otherwise than it was written: a change against what it remembers
   * could be none against what the server has.
   */
  readonly by?: string;
}

/** What has changed since: a history event holds what was written, and most of a view is the same from route to end. */
interface Since {
  /** Members of the view that are new or different. */
  readonly view: Partial<DecisionView>;
  /** Members of the view that are left out by now. */
  readonly without: readonly string[];
  /** Left out where it is the same. */
  readonly why?: CauseTree;
}

/** What a memo shows, in no form that anybody has checked; undefined where it shows nothing. */
export function shownFrom(memo: Memo | undefined): unknown {
  const shown = memo?.[MEMO];
  const since = memo?.[MEMO_SINCE];
  if (!isRecord(shown) || !isRecord(shown['view']) || !isRecord(since)) return shown;
  const { view, without, why = shown['why'] } = since;
  const gone: ReadonlySet<unknown> = new Set(Array.isArray(without) ? without : []);
  const stayed = Object.entries(shown['view']).filter(([member]) => !gone.has(member));
  return { view: { ...Object.fromEntries(stayed), ...(isRecord(view) ? view : {}) }, why };
}

/** A change that is larger than this part of everything is written as everything. */
const WORTHWHILE = 2 / 3;

/**
 * The fields to write, so that a memo shows what `shown` says: what has changed, or everything where that is hardly more.
 *
 * @param memo as the workflow remembers it
 * @param by the build that writes; undefined where it has no name, and so writes everything
 */
export function memoFor(shown: Shown, memo: Memo | undefined, by: string | undefined): Memo {
  const full = memo?.[MEMO] as Full | undefined;
  const since = full === undefined || by === undefined || full.by !== by ? null : sinceOf(full, shown);
  if (since !== null && lengthOf(since) <= lengthOf(shown) * WORTHWHILE) return { [MEMO_SINCE]: since };
  const written: Full = { ...shown, ...(by === undefined ? {} : { by }) };
  // A build before may have written a change where this one remembers none.
  const isFirst = full === undefined && memo?.[MEMO_SINCE] === undefined;
  return isFirst ? { [MEMO]: written } : { [MEMO]: written, [MEMO_SINCE]: null };
}

/** The same memo without changes beside it. */
export function inFull({ [MEMO_SINCE]: since, ...memo }: Memo): Memo {
  return since === undefined ? memo : { ...memo, [MEMO]: shownFrom({ ...memo, [MEMO_SINCE]: since }) };
}

function sinceOf(full: Shown, now: Shown): Since | null {
  if (full.view === null || now.view === null) return null;
  const before = new Map(Object.entries(full.view).map(([member, value]) => [member, JSON.stringify(value)]));
  const members = Object.entries(now.view).filter(([, value]) => value !== undefined);
  const changed = members.filter(([member, value]) => before.get(member) !== JSON.stringify(value));
  const stayed = new Set(members.map(([member]) => member));
  const without = [...before.keys()].filter((member) => !stayed.has(member));
  const isSame = JSON.stringify(full.why) === JSON.stringify(now.why);
  return { view: Object.fromEntries(changed), without, ...(isSame ? {} : { why: now.why }) };
}

function lengthOf(value: object): number {
  return JSON.stringify(value).length;
}

function isRecord(value: unknown): value is Memo {
  return typeof value === 'object' && value !== null;
}
