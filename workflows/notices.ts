import { condition, log } from '@temporalio/workflow';
import type { RecordedBatch } from '../core/contracts/activities.ts';
import type { EventType } from '../core/domain/events.ts';
import { messenger } from './activities.ts';
import { takes } from './patches.ts';

/** Events of which people are told who cannot know of them. */
const TOLD: ReadonlySet<EventType> = new Set([
  'authority.reminded',
  'authority.escalated',
  'override.breakglass',
  'operation.nudged',
  'operation.reassigned',
]);

/** How long the end of a decision waits for notices that are still on their way. */
const LAST_WAIT = '10 seconds';

/**
 * Notices on their way to people. They are sent by a regular activity that nothing waits for: whoever carries them may be
 * away for hours, and no decision is held up by it (ADR 0007). What is certain is the event in the chain.
 */
export class Notices {
  readonly #decisionId: string;
  #underway = 0;

  constructor(decisionId: string) {
    this.#decisionId = decisionId;
  }

  get idle(): boolean {
    return this.#underway === 0;
  }

  /** Tells of what a batch holds that this run has just written, or found written by an attempt that it forgot. */
  tell({ events }: RecordedBatch): void {
    for (const { event_type, sequence } of events) {
      if (!TOLD.has(event_type) || !takes('notifies')) continue;
      this.#underway += 1;
      void this.#send(sequence);
    }
  }

  async #send(sequence: number): Promise<void> {
    try {
      await messenger.notify({ decisionId: this.#decisionId, sequence });
    } catch (error) {
      log.error('a notice did not go out', { sequence, error: error instanceof Error ? error.message : String(error) });
    } finally {
      this.#underway -= 1;
    }
  }

  /** At the end of the decision: what has not gone out by then does not go out any more. */
  async settled(): Promise<void> {
    if (!this.idle && !(await condition(() => this.idle, LAST_WAIT))) log.error('notices were left behind');
  }
}
