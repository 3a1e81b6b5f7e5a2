import { type JsonObject, verifyChain } from '../../core/canon/index.ts';
import { type DecisionEvent, outcomeOf } from '../../core/domain/events.ts';
import { fold, statementOf } from '../../core/domain/evolve.ts';
import { hasCode } from '../../core/errors.ts';
import type { Head } from '../../core/domain/state.ts';
import type { DigestText, Outcome } from '../../core/domain/vocabulary.ts';
import { CLOSED_CODES } from './outcome.ts';
import type { Acknowledged, Operation } from './recorder.ts';

/** What must hold after any fault, whatever was done during it. Each has a code of its own. */
export const FINDING_CODES = [
  /** An event that the service acknowledged does not stand at its place. */
  'acknowledged.missing',
  /** A statement stands in more than one event. */
  'acknowledged.doubled',
  'chain.invalid',
  /** The ledger's own head is not the last event's recomputed hash. */
  'chain.head',
  'outcome.none',
  'outcome.several',
  'approval.doubled',
  'approval.other_basis',
  /** No fresh worker could take the decision's workflow up from its history. */
  'history.unreplayable',
  /** Workflow and ledger disagree. */
  'agreement.workflow',
  /** Pack and ledger disagree. */
  'agreement.pack',
  'pack.changed',
  'pack.unverified',
  /** An operation went wrong without a code of a closed union. */
  'failure.silent',
] as const;
export type FindingCode = (typeof FINDING_CODES)[number];

export interface Finding<Code extends string = FindingCode> {
  readonly code: Code;
  /** Decision or addendum; empty where none is meant. */
  readonly chain: string;
  readonly detail: string;
}

/** Everything that is known of one decision when the run is over and nothing is broken any more. */
export interface DecisionFacts {
  readonly decision: string;
  readonly events: readonly DecisionEvent[];
  /** Code with which the ledger refuses to read the chain; null where it reads it. */
  readonly unreadable: string | null;
  /** What the ledger says its head is; null where it will not say. */
  readonly head: Head | null;
  /** What the workflow shows; null where nobody answered. */
  readonly workflow: { readonly head: Head; readonly stage: string; readonly outcome: Outcome | null } | null;
  /** Why a fresh worker cannot replay the workflow's history; null where it can. */
  readonly unreplayable: string | null;
  /** The sealed pack; null where there is none. */
  readonly pack: PackFacts | null;
}

export interface PackFacts {
  readonly digest: DigestText;
  readonly events: readonly DecisionEvent[];
  readonly outcome: string;
  readonly evidence: string;
  readonly level: string;
}

/** A pack that was exported before the fault, and what the same export gives after it. */
export interface EarlierPack {
  readonly decision: string;
  readonly before: DigestText;
  readonly after: DigestText;
  /** What a stranger's verifier says of the bytes from before the fault. */
  readonly evidence: string;
}

export interface RunFacts {
  readonly operations: readonly Operation[];
  readonly decisions: readonly DecisionFacts[];
  /** Chains of addenda that were acknowledged. */
  readonly addenda: ReadonlyMap<string, readonly DecisionEvent[]>;
  /** Basis that each approval signed, by its statement digest. */
  readonly signedBasis: ReadonlyMap<DigestText, DigestText>;
  readonly earlierPacks: readonly EarlierPack[];
}

export function check(facts: RunFacts): readonly Finding[] {
  return [
    ...acknowledgedStand(facts),
    ...statementsStandOnce(facts),
    ...chainsAreReadable(facts),
    ...chainsHold(facts),
    ...headsAgree(facts),
    ...outcomesAreOne(facts),
    ...approvalsCountOnce(facts),
    ...approvalsCountForTheirBasis(facts),
    ...historiesReplay(facts),
    ...workflowsAgree(facts),
    ...packsAgree(facts),
    ...earlierPacksStand(facts),
    ...failuresAreLoud(facts),
  ];
}

/** Every acknowledged event stands where the acknowledgement says. */
function acknowledgedStand({ operations, decisions, addenda }: RunFacts): Finding[] {
  const chains = new Map(decisions.map(({ decision, events }) => [decision, events]));
  return operations.flatMap(({ acknowledged, index }) => {
    if (acknowledged === null) return [];
    const { chain } = acknowledged;
    const problem = standing(acknowledged, chains.get(chain) ?? addenda.get(chain) ?? []);
    return problem === undefined
      ? []
      : [finding('acknowledged.missing', chain, `operation ${index} at sequence ${acknowledged.sequence}: ${problem}`)];
  });
}

function standing({ sequence, event, statement }: Acknowledged, events: readonly DecisionEvent[]): string | undefined {
  const found = events[sequence - 1];
  if (found === undefined) return `the chain ends at ${events.length}`;
  if (found.integrity_hash !== event) return `${found.integrity_hash} stands, ${event} was acknowledged`;
  if (statement !== null && statementOf(found) !== statement) return `the event does not name ${statement}`;
  return undefined;
}

/** A statement is answered by one event, however often it was sent. */
function statementsStandOnce({ decisions, addenda }: RunFacts): Finding[] {
  const chains = [...decisions.map(({ decision, events }) => [decision, events] as const), ...addenda];
  return chains.flatMap(([chain, events]) => {
    const statements = events.flatMap((event) => statementOf(event) ?? []);
    return repeated(statements).map((statement) => finding('acknowledged.doubled', chain, `${statement} stands twice`));
  });
}

function chainsAreReadable({ decisions }: RunFacts): Finding[] {
  return decisions.flatMap(({ decision, unreadable }) =>
    unreadable === null ? [] : [finding('chain.invalid', decision, `the ledger answers ${unreadable}`)],
  );
}

function chainsHold({ decisions, addenda }: RunFacts): Finding[] {
  const chains = [...decisions.map(({ decision, events }) => [decision, events] as const), ...addenda];
  return chains.flatMap(([chain, events]) =>
    verifyChain(events as unknown as readonly JsonObject[]).map(({ code, path, expected, got }) =>
      finding('chain.invalid', chain, `${code} at ${path}: expected ${expected}, got ${got}`),
    ),
  );
}

function headsAgree({ decisions }: RunFacts): Finding[] {
  return decisions.flatMap(({ decision, events, head }) => {
    const last = events.at(-1);
    if (last?.sequence === head?.sequence && last?.integrity_hash === head?.hash) return [];
    return [finding('chain.head', decision, `head ${head?.sequence} ${head?.hash}, last ${last?.integrity_hash}`)];
  });
}

/** One terminal event each. The run drives every decision to its end before it is checked, so none is left open. */
function outcomesAreOne({ decisions }: RunFacts): Finding[] {
  return decisions.flatMap(({ decision, events }) => {
    const ends = events.flatMap((event) => outcomeOf(event) ?? []);
    if (ends.length === 1) return [];
    const last = events.at(-1)?.event_type ?? 'nothing';
    return ends.length === 0
      ? [finding('outcome.none', decision, `it came no further than ${last}`)]
      : [finding('outcome.several', decision, ends.join(', '))];
  });
}

/** In every assignment a person, and a statement, fills one position. */
function approvalsCountOnce({ decisions }: RunFacts): Finding[] {
  return decisions.flatMap(({ decision, events }) =>
    events.flatMap((event) => {
      const assignment = 'assignment' in event ? event.assignment : [];
      const twice = [
        ...repeated(assignment.map(({ actor_id }) => actor_id)),
        ...repeated(assignment.map(({ statement }) => statement)),
      ];
      return twice.map((who) => finding('approval.doubled', decision, `${who} counts twice at ${event.sequence}`));
    }),
  );
}

/** What is counted at any event was signed for the basis of the route before it. */
function approvalsCountForTheirBasis({ decisions, signedBasis }: RunFacts): Finding[] {
  return decisions.flatMap(({ decision, events }) => {
    let basis: DigestText | undefined;
    return events.flatMap((event) => {
      if (event.event_type === 'authority.routed') basis = event.basis_digest;
      const assignment = 'assignment' in event ? event.assignment : [];
      return assignment
        .filter(({ statement }) => basis === undefined || signedBasis.get(statement) !== basis)
        .map(({ statement }) =>
          finding('approval.other_basis', decision, `${statement} is not about the basis routed (${basis})`),
        );
    });
  });
}

function historiesReplay({ decisions }: RunFacts): Finding[] {
  return decisions.flatMap(({ decision, unreplayable }) =>
    unreplayable === null ? [] : [finding('history.unreplayable', decision, unreplayable)],
  );
}

function workflowsAgree({ decisions }: RunFacts): Finding[] {
  return decisions.flatMap(({ decision, events, workflow }) => {
    const stored = folded(events);
    const told =
      workflow === null
        ? 'nothing'
        : `${workflow.stage} ${workflow.outcome} ${workflow.head.sequence} ${workflow.head.hash}`;
    return told === stored ? [] : [finding('agreement.workflow', decision, `ledger: ${stored}; workflow: ${told}`)];
  });
}

/** A chain that folds to no state is none that a workflow could agree with. */
function folded(events: readonly DecisionEvent[]): string {
  try {
    const state = fold(events);
    const outcome = state.stage === 'closed' ? state.outcome : null;
    return `${state.stage} ${outcome} ${state.head.sequence} ${state.head.hash}`;
  } catch (error) {
    if (hasCode(error)) return error.code;
    throw error;
  }
}

function packsAgree({ decisions }: RunFacts): Finding[] {
  return decisions.flatMap(({ decision, events, pack }) => {
    const end = events.flatMap((event) => outcomeOf(event) ?? [])[0];
    // A decision without an end is another finding.
    if (end === undefined) return [];
    if (pack === null) return [finding('agreement.pack', decision, 'it has ended, and there is no pack')];
    const hashes = (chain: readonly DecisionEvent[]) => chain.map(({ integrity_hash }) => integrity_hash).join(' ');
    const findings: Finding[] = [];
    if (hashes(pack.events) !== hashes(events)) {
      const detail = `the pack has ${pack.events.length} events, the ledger ${events.length}, or others`;
      findings.push(finding('agreement.pack', decision, detail));
    }
    if (pack.outcome !== end) findings.push(finding('agreement.pack', decision, `${pack.outcome} in the pack, ${end}`));
    if (pack.evidence !== 'holds' || pack.level !== 'C2') {
      findings.push(finding('pack.unverified', decision, `${pack.evidence}, ${pack.level}`));
    }
    return findings;
  });
}

function earlierPacksStand({ earlierPacks }: RunFacts): Finding[] {
  return earlierPacks.flatMap(({ decision, before, after, evidence }) => [
    ...(before === after ? [] : [finding('pack.changed', decision, `${before} before the fault, ${after} after it`)]),
    ...(evidence === 'holds' ? [] : [finding('pack.unverified', decision, `from before the fault: ${evidence}`)]),
  ]);
}

function failuresAreLoud({ operations }: RunFacts): Finding[] {
  return operations.flatMap(({ outcome, code, completedAtMs, decision, index, kind, detail }) => {
    if (outcome === 'ok' || completedAtMs === null) return [];
    if (code !== null && CLOSED_CODES.has(code)) return [];
    return [finding('failure.silent', decision, `operation ${index} (${kind}): ${code ?? 'no code'}: ${detail}`)];
  });
}

function repeated(values: readonly string[]): readonly string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}

function finding(code: FindingCode, chain: string, detail: string): Finding {
  return { code, chain, detail };
}
