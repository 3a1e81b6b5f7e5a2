import { isDigest, type JsonObject, type JsonValue } from '../core/canon/index.ts';
import { hasReadLinked } from '../core/domain/events.ts';

/** What a chain rests on, by digest; each list sorted, without doubles. */
export interface Reachable {
  /** Statements that must be there. */
  readonly statements: readonly string[];
  /** Documents that must be there: policies, rosters, standings, evidence packet, manifests, ancestry, basis, brief. */
  readonly documents: readonly string[];
  /**
   * Statements and documents that the request names and that may be missing, because the decision ended before anything
   * read them; and a policy that was never in force.
   */
  readonly optionalStatements: readonly string[];
  readonly optionalDocuments: readonly string[];
  /**
   * Sealed packs of earlier decisions that the request goes back to, and that the evaluation read. Before it has found
   * that there is such a pack, what lies under the digest may be anything, and stays outside.
   */
  readonly packs: readonly string[];
}

/** Where an event names statements and documents. A path ends at a digest or at a list of digests. */
const STATEMENTS: Readonly<Record<string, readonly string[]>> = {
  'decision.requested': ['request', 'roster.endorsements'],
  'policy.evaluated': ['policy.endorsements'],
  'authority.routed': ['roster.endorsements', 'standing.endorsements', 'card'],
  'decision.reevaluated': ['statement', 'asked.evidence.statement'],
  'authority.approved': ['statement'],
  'authority.rejected': ['statement'],
  'override.breakglass': ['statement'],
  'authority.revoked': ['statement', 'revoked'],
  'authority.abstained': ['statement'],
  'authority.delegated': ['statement'],
  'operation.nudged': ['statement'],
  'operation.extended': ['statement'],
  'operation.reassigned': ['statement'],
  'condition.settled': ['statement'],
  'authority.expired': ['statements'],
  'statement.refused': ['statement', 'roster.endorsements', 'standing.endorsements', 'freeze'],
  'decision.cancelled': ['statement'],
  'execution.cleared': ['claim', 'roster.endorsements', 'standing.endorsements', 'recovery.freezes'],
  'execution.confirmed': ['receipt', 'permit'],
  'decision.denied': ['policy.endorsements', 'roster.endorsements', 'standing.endorsements', 'card'],
};

const DOCUMENTS: Readonly<Record<string, readonly string[]>> = {
  'decision.requested': ['roster.digest'],
  'policy.evaluated': ['policy.digest'],
  'authority.routed': ['basis_digest', 'roster.digest', 'brief', 'standing.digest', 'manifests', 'ancestry'],
  'decision.reevaluated': ['asked.evidence.packet'],
  'statement.refused': ['roster.digest', 'standing.digest', 'restriction'],
  'execution.cleared': ['roster.digest', 'standing.digest'],
  'decision.denied': ['policy.digest', 'roster.digest', 'standing.digest', 'manifests', 'ancestry'],
};

/**
 * Every statement and document that `events` name: what the service loads before it seals, and what a pack must hold,
 * no less and no more. Total: an event of another shape names nothing, and the replay says what is wrong with it.
 */
export function reachable(events: readonly object[]): Reachable {
  const gated = events.some((event) => memberOf(event, 'event_type') === 'policy.evaluated');
  const linked = events.some(hasReadLinked);
  const evaluated = gated || events.some((event) => memberOf(event, 'event_type') === 'decision.denied');
  const statements = new Set<string>();
  const documents = new Set<string>();
  const optionalStatements = new Set<string>();
  const optionalDocuments = new Set<string>();
  const packs = new Set<string>();
  for (const event of events) {
    const type = memberOf(event, 'event_type');
    if (typeof type !== 'string') continue;
    for (const path of pathsOf(STATEMENTS, type)) addDigests(statements, event, path);
    for (const path of pathsOf(DOCUMENTS, type)) addDigests(documents, event, path);
    if (type !== 'decision.requested') continue;
    addDigests(evaluated ? statements : optionalStatements, event, 'evidence.statement');
    addDigests(evaluated ? statements : optionalStatements, event, 'waivers');
    addDigests(evaluated ? documents : optionalDocuments, event, 'evidence.packet');
    addDigests(gated ? documents : optionalDocuments, event, 'policy_digest');
    addDigests(packs, event, 'linked.pack');
  }
  return {
    statements: [...statements].sort(),
    documents: [...documents].sort(),
    optionalStatements: [...optionalStatements].filter((digest) => !statements.has(digest)).sort(),
    optionalDocuments: [...optionalDocuments].filter((digest) => !documents.has(digest)).sort(),
    packs: linked ? [...packs].sort() : [],
  };
}

function pathsOf(table: Readonly<Record<string, readonly string[]>>, type: string): readonly string[] {
  return Object.hasOwn(table, type) ? (table[type] ?? []) : [];
}

function addDigests(into: Set<string>, event: object, path: string): void {
  const value = path.split('.').reduce<unknown>(memberOf, event);
  for (const item of Array.isArray(value) ? value : [value]) if (isDigest(item)) into.add(item);
}

/** An own member, or undefined: a hostile document must not meet the prototype's. */
export function memberOf(value: unknown, name: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as JsonObject)[name];
}
