import { excerpt, type JsonValue } from '../core/canon/index.ts';
import { hasCode } from '../core/errors.ts';
import { memberOf } from '../pack/index.ts';

/**
 * `input`: what the caller gave cannot be used. `evidence`: the pack is wrong. `signer`: the pack may be whole, and you
 * do not trust who signed it. `note`: nothing is wrong, and it is said all the same.
 */
export type FindingFamily = 'input' | 'evidence' | 'signer' | 'note';

interface Meaning {
  readonly family: FindingFamily;
  readonly says: string;
}

/** Every finding. Closed; `says` is what it means, whatever the case. */
const MEANINGS = {
  'trust.unreadable': { family: 'input', says: 'the trust file cannot be used' },
  'trust.pem': { family: 'input', says: 'a PEM file is not the key that the trust file names' },
  'bundle.missing': { family: 'input', says: 'there is neither a sealed pack nor a view' },

  'anchor.unreadable': { family: 'input', says: 'the file of anchors cannot be used' },

  'bundle.unreadable': { family: 'evidence', says: 'the bundle is not in its one canonical form' },
  'pack.carries_trust': { family: 'evidence', says: 'the pack brings trust or key material of its own' },
  'pack.shape': { family: 'evidence', says: 'the core is not of its form' },
  'pack.statement': { family: 'evidence', says: 'subject or predicate type is not what the core says' },
  'pack.outline': { family: 'evidence', says: 'what the core says of its chain is not what the chain says' },
  'pack.incomplete': { family: 'evidence', says: 'an event names something that the pack lacks' },
  'pack.foreign': { family: 'evidence', says: 'no event names this' },
  'seal.signature': { family: 'evidence', says: 'the seal does not verify: something under it was changed' },

  'anchor.beyond': {
    family: 'evidence',
    says: 'a witness has seen an event that the chain does not have: its tail was cut off',
  },
  'anchor.differs': { family: 'evidence', says: 'a witness has seen another event there: the chain was written anew' },
  'anchor.time': { family: 'evidence', says: 'the event is dated after a witness had seen it' },

  'chain.hash': { family: 'evidence', says: 'the event does not have the hash that stands in it' },
  'chain.placeholder': { family: 'evidence', says: 'the hash is a placeholder' },
  'chain.genesis': { family: 'evidence', says: 'the chain does not begin, or begins twice' },
  'chain.previous': { family: 'evidence', says: 'the event does not follow the one before' },
  'chain.sequence': { family: 'evidence', says: 'the event is not numbered by its place' },
  'chain.decision': { family: 'evidence', says: 'the event belongs to another decision' },
  'chain.event_id': { family: 'evidence', says: 'the event has no id' },
  'chain.duplicate_event': { family: 'evidence', says: 'the event id stands twice' },
  'chain.event': { family: 'evidence', says: 'this is no event' },
  'event.id': { family: 'evidence', says: 'the event id is not the one of its place' },
  'event.malformed': { family: 'evidence', says: 'the event is not of a form that this verifier can replay' },

  'document.digest': { family: 'evidence', says: 'the document is not the one that its digest names' },
  'document.unreadable': { family: 'evidence', says: 'the document is not what it has to be' },
  'statement.unreadable': { family: 'evidence', says: 'the statement is not in its one form' },
  'statement.digest': { family: 'evidence', says: 'the statement is not the one that its digest names' },
  'statement.signature': { family: 'evidence', says: 'the signature does not verify under the key of the signer' },
  'statement.foreign': { family: 'evidence', says: 'the statement is of another decision, tenant or origin' },
  'statement.time': { family: 'evidence', says: 'the times of the statement contradict the chain' },

  'signer.seal': { family: 'signer', says: 'the trust file names no such seal key' },
  'signer.tenant': { family: 'signer', says: 'the trust file does not speak for this origin and tenant' },
  'signer.policy': { family: 'signer', says: 'the policy is not endorsed as the trust file demands' },
  'signer.roster': { family: 'signer', says: 'the roster is not endorsed as the trust file demands' },
  'signer.standing': { family: 'signer', says: 'the standing is not endorsed as the trust file demands' },
  'signer.freeze': { family: 'signer', says: 'no emergency key of the trust file signed the freeze' },
  'signer.permit': { family: 'signer', says: 'no permit key of the trust file signed the permit' },
  'signer.linked': {
    family: 'signer',
    says: 'the trust file does not vouch for who signed the earlier decision that this one goes back to',
  },
  'signer.unknown': { family: 'signer', says: 'the roster does not give this key to the signer' },

  'in_force.older': {
    family: 'evidence',
    says: 'a policy, roster or standing is older than one before it in the chain, or another of the same serial',
  },
  'standing.missing': { family: 'evidence', says: 'the trust file demands a standing, and the event names none' },
  'standing.ended': { family: 'evidence', says: 'the standing had ended, or the permit outlives it' },
  'standing.other': { family: 'evidence', says: 'the standing names another policy or roster' },
  'standing.revoked': { family: 'evidence', says: 'the standing revokes what the clearance rests on' },
  'standing.frozen': {
    family: 'evidence',
    says: 'a freeze lay over the clearance, or the permit outlives the recovery plan that let it through',
  },

  'replay.differs': { family: 'evidence', says: 'the statements and documents lead to another event' },
  'replay.illegal': { family: 'evidence', says: 'nothing in the pack leads to this event' },
  'replay.unfinished': { family: 'evidence', says: 'the chain lacks an event that was decided' },

  'authority.missing': { family: 'evidence', says: 'the approvals do not fill every slot of the route exactly once' },
  'authority.statement': { family: 'evidence', says: 'what is counted is no approval by this person for this role' },
  'authority.basis': { family: 'evidence', says: 'the approval is of another basis, routing or brief' },
  'authority.not_a_person': { family: 'evidence', says: 'the approver is no person' },
  'authority.barred': {
    family: 'evidence',
    says: 'the approver asked for it, controls who asked, made it, vouches for it, or waived a gate for it',
  },
  'authority.role_not_held': {
    family: 'evidence',
    says: 'the approver did not hold the role when the decision was routed',
  },
  'authority.not_in_force': {
    family: 'evidence',
    says: 'the approver does not count in the roster in force at clearance',
  },
  'authority.not_distinct': { family: 'evidence', says: 'one person, or one key, is counted twice' },
  'authority.delegation': {
    family: 'evidence',
    says: 'the approval stands in the place of somebody who had not let its signer do so',
  },
  'authority.condition': {
    family: 'evidence',
    says: 'a condition of an approval was open or not kept at the clearance, and nobody who could has said otherwise',
  },
  'authority.override': {
    family: 'evidence',
    says: 'the clearance rests on an override that the policy does not know',
  },
  'authority.revoked': {
    family: 'evidence',
    says: 'the approval was taken back, or was signed before its author had withdrawn',
  },
  'authority.expired': {
    family: 'evidence',
    says: 'the approval or override had expired before the clearance, or the permit outlives it',
  },
  'authority.evaluator': {
    family: 'evidence',
    says: 'the evaluation is not by the word of somebody who may evaluate, and who is independent of the request',
  },
  'authority.order': { family: 'evidence', says: 'the approval does not stand before the clearance' },
  'authority.extension': {
    family: 'evidence',
    says: 'the deadline was moved by somebody who could not, or further than the policy lets it',
  },
  'authority.deadline': {
    family: 'evidence',
    says: 'cleared when the decision had ended by its deadline, or the permit outlives that',
  },
  'authority.floor': {
    family: 'evidence',
    says: 'fewer people approved than the floor demands, whatever the policy says',
  },
  'authority.not_escalated': {
    family: 'evidence',
    says: 'a wider role is counted, and the policy had not let it in before the approval',
  },
  'notice.early': { family: 'evidence', says: 'a reminder or escalation came before its time, or has none' },
  'notice.missing': { family: 'evidence', says: 'a reminder or escalation was due, and does not stand in the chain' },
  'waiver.gate': {
    family: 'evidence',
    says: 'a gate is waived that the policy lets nobody waive, or not by this statement',
  },
  'waiver.author': {
    family: 'evidence',
    says: 'whoever waived a gate was not eligible to, or had a hand in what it lets past',
  },
  'waiver.expired': {
    family: 'evidence',
    says: 'a waiver had ended when it was counted, lives too long, or ends before the permit',
  },
  'basis.differs': { family: 'evidence', says: 'the basis that people signed is not the one of this request' },

  'execution.claim': {
    family: 'evidence',
    says: 'the clearance does not rest on a claim by an executor of this target',
  },
  'execution.permit': { family: 'evidence', says: 'the permit is not for this clearance' },
  'execution.receipt': { family: 'evidence', says: 'the receipt is not for this clearance' },
  'execution.started_early': { family: 'evidence', says: 'the executor swears to have started before it was cleared' },
  'execution.started_late': {
    family: 'evidence',
    says: 'the executor swears to have started after the permit had ended',
  },
  'execution.subject': { family: 'evidence', says: 'what ran is not the candidate that was approved' },
  'addendum.unreadable': { family: 'evidence', says: 'the addendum is not in its one form' },
  'addendum.pack': { family: 'evidence', says: 'the addendum belongs to another decision or pack' },
  'addendum.differs': { family: 'evidence', says: 'its statement and the sealed pack lead to another addendum' },
  'backout.cleared': {
    family: 'evidence',
    says: 'who went back did so from another clearance or pack, or nothing had been let out',
  },
  'backout.executor': { family: 'evidence', says: 'who went back is no executor of this target' },
  'backout.target': { family: 'evidence', says: 'who went back did so at another target' },
  'backout.candidate': {
    family: 'evidence',
    says: 'what was gone back to is not what the approvers of the decision signed as its rollback target',
  },
  'backout.early': { family: 'evidence', says: 'the executor swears to have gone back before it was cleared' },
  'linked.pack': {
    family: 'evidence',
    says: 'the sealed pack of the earlier decision, which this one goes back to, does not hold',
  },
  'policy.not_admitted': {
    family: 'evidence',
    says: 'the decision that the policy names as having let it in did not',
  },
  'window.outside': {
    family: 'evidence',
    says: 'cleared outside the change windows of the target, or the permit outlives its window',
  },
  'permit.differs': { family: 'evidence', says: 'the permit is not the one that was given, or not for this executor' },
  'permit.expired': { family: 'evidence', says: 'the permit has ended' },

  'view.unreadable': { family: 'evidence', says: 'the view is not canonical JSON' },
  'view.without_seal': { family: 'evidence', says: 'the view has no seal beside it, and proves nothing' },
  'view.differs': { family: 'evidence', says: 'the view does not show what was sealed' },
  'disclosure.unreadable': { family: 'evidence', says: 'the disclosures cannot be read' },
  'disclosure.mismatch': { family: 'evidence', says: 'a disclosure is not what was committed to' },

  'view.foreign': { family: 'note', says: 'the view is not of this format; it was read as an example of its source' },
  'anchor.passed_over': { family: 'note', says: 'no witness of the trust file has signed this anchor' },
  'standing.recovery': { family: 'note', says: 'a freeze lay over the clearance, and a recovery plan let it through' },
  'policy.admitted': { family: 'note', says: 'the policy was let in by a decision, whose pack holds' },
  'zone.differs': {
    family: 'note',
    says: 'the clocks of a time zone go otherwise by the data of this program, so that its instants rest on the service',
  },
  'notice.passed_over': {
    family: 'note',
    says: 'a reminder or escalation was due, and the service came to it only once the decision had ended',
  },
  'ledger.restored': { family: 'note', says: 'the ledger had lost its tail, and the service wrote it again' },
} as const satisfies Readonly<Record<string, Meaning>>;

export type VerifierCode = keyof typeof MEANINGS;
export const VERIFIER_CODES = Object.keys(MEANINGS) as readonly VerifierCode[];

export interface Finding {
  readonly code: VerifierCode;
  /** `note` of the family of that name; everything else is an error. */
  readonly severity: 'error' | 'note';
  /** Place of the event in its chain, from 1, whatever the event says; null where no event is meant. */
  readonly sequence: number | null;
  readonly event_type: string | null;
  /** JSON path: `$.events[2].risk_score` in the core, `$.event_chain[2].risk_score` in the view. */
  readonly path: string;
  readonly expected: string;
  /** May quote attacker-controlled text, cut short and escaped. */
  readonly got: string;
  readonly says: string;
}

export interface FindingDetail {
  readonly path?: string;
  readonly expected?: string;
  readonly got?: string;
  /** Said after the meaning of the code. */
  readonly because?: string;
}

/** Where in a chain: the array's name in its document, and the place from 0. */
export interface EventPlace {
  readonly chain: 'events' | 'event_chain';
  readonly index: number;
  readonly event: unknown;
}

export function familyOf(code: VerifierCode): FindingFamily {
  return MEANINGS[code].family;
}

/** Meaning and family of a finding; undefined where the verifier has no such code. */
export function meaningOf(code: string): Meaning | undefined {
  return Object.hasOwn(MEANINGS, code) ? MEANINGS[code as VerifierCode] : undefined;
}

/** Gathers; one verification has one, and nothing survives it (model-transparency#650). */
export class Findings {
  readonly all: Finding[] = [];

  add(code: VerifierCode, detail: FindingDetail = {}, place?: EventPlace): void {
    const { family, says } = MEANINGS[code];
    const type = memberOf(place?.event, 'event_type');
    const below = detail.path ?? '$';
    this.all.push({
      code,
      severity: family === 'note' ? 'note' : 'error',
      sequence: place ? place.index + 1 : null,
      event_type: typeof type === 'string' ? printable(type).slice(0, 64) : null,
      path: printable(place ? `$.${place.chain}[${place.index}]${below.slice(1)}` : below),
      expected: printable(detail.expected ?? ''),
      got: printable(detail.got ?? ''),
      says: printable(detail.because === undefined ? says : `${says}: ${detail.because}`),
    });
  }

  /** A typed refusal of another room, under a code of this one. Anything else is a fault of ours, and is thrown on. */
  refused(code: VerifierCode, error: unknown, place?: EventPlace, path?: string): void {
    if (!hasCode(error)) throw error;
    const got = error.got === '' ? error.code : `${error.code}: ${error.got}`;
    this.add(code, { path: path ?? (error.path === '' ? '$' : error.path), expected: error.expected, got }, place);
  }

  get errors(): readonly Finding[] {
    return this.all.filter((finding) => finding.severity === 'error');
  }

  has(...codes: readonly VerifierCode[]): boolean {
    return this.all.some((finding) => codes.includes(finding.code));
  }
}

/**
 * Attacker-controlled text must neither forge a line of a report nor move a terminal's cursor: controls (C1 as well as
 * C0), marks that turn the direction of writing, and separators become their code points.
 */
export function escaped(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** Escaped, and cut short. */
export function printable(text: string): string {
  const flat = escaped(text);
  return flat.length > 300 ? `${flat.slice(0, 297)}...` : flat;
}

export function show(value: JsonValue | undefined): string {
  return excerpt(value);
}
