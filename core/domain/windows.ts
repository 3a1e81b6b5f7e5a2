import type { ChangeWindow } from './events.ts';
import type { Timestamp } from './vocabulary.ts';

/** Change windows are instants by the time a decision meets them: nothing here knows a calendar. */

/** The window that is open; undefined where none is. The instant at which one closes is outside. */
export function windowAt(windows: readonly ChangeWindow[], at: Timestamp): ChangeWindow | undefined {
  return windows.find(({ opens, closes }) => opens <= at && at < closes);
}

/** The window that opens next, after `at`. */
export function windowAfter(windows: readonly ChangeWindow[], at: Timestamp): ChangeWindow | undefined {
  return windows.find(({ opens }) => opens > at);
}
