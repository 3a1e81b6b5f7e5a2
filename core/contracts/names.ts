/** Names that processes share, in one place: a rename here is a migration. */

export const TASK_QUEUE = 'countersign';

export const WORKFLOWS = {
  promotionDecision: 'promotionDecision',
  decisionAddendum: 'decisionAddendum',
  ledgerPatrol: 'ledgerPatrol',
} as const;

export const UPDATES = {
  /** Resolves once the decision is routed or closed, or cannot go on for now. */
  opened: 'opened',
  /** Submits a signed statement; answers with a signed acknowledgement. */
  submit: 'submit',
} as const;

export const SIGNALS = {
  /** The same signed statement without an answer (ruling 16). */
  submit: 'submitSignal',
  /** That governance may have spoken: whoever gets it looks at the standing in force. It carries nothing. */
  standing: 'standingSignal',
} as const;

/** Memo field of a decision's workflow that holds what it shows: `Shown`. */
export const MEMO = 'countersign';

/** Memo field that holds what has changed since that was written. */
export const MEMO_SINCE = 'countersign-since';

/** Search attributes, with their Temporal types. They change with the stage only: each change is a history event. */
export const SEARCH_ATTRIBUTES = {
  CountersignStage: 'Keyword',
  CountersignWaitingFor: 'Keyword',
  CountersignBand: 'Keyword',
  CountersignTarget: 'Keyword',
  CountersignCandidate: 'Keyword',
  CountersignDeadline: 'Datetime',
} as const;

const PREFIX = 'decision/';

/** Workflow id of a decision; the server refuses a second start under it. */
export function workflowIdOf(decisionId: string): string {
  return `${PREFIX}${decisionId}`;
}

/** Decision id of a workflow id, or undefined where it is none of ours. */
export function decisionIdOf(workflowId: string): string | undefined {
  return workflowId.startsWith(PREFIX) ? workflowId.slice(PREFIX.length) : undefined;
}

/** Workflow id of the addendum that one late statement opens. */
export function addendumWorkflowId(decisionId: string, statementDigest: string): string {
  return `addendum/${decisionId}/${statementDigest}`;
}

/** Workflow id of the patrol over a tenant's chains: one, whoever starts it. */
export function patrolWorkflowId(tenant: string): string {
  return `patrol/${tenant}`;
}

/**
 * Ledger registry that binds a decision to the digest of its sealed pack: one for each share of the decisions, so that
 * no single key of a cluster holds every pack.
 */
export function packRegistryOf(decisionId: string): string {
  return `packs-${decisionId.slice(0, 2)}`;
}
