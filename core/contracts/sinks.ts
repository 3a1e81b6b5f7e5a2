import type { Sinks } from '@temporalio/workflow';

/** What a decision's workflow tells its worker, beside its history: nothing is decided by it. */
export interface DecisionSinks extends Sinks {
  readonly operation: {
    /** Told at each replay as well, so that a worker that takes a decision over learns it. */
    quarantined(code: string): void;
  };
}
