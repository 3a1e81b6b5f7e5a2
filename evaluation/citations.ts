import { isDigest, type JsonValue } from '../core/canon/index.ts';
import { CITED_DOCUMENTS, type FactorCitation } from '../core/domain/events.ts';
import type { DigestText } from '../core/domain/vocabulary.ts';

import { type FactPath, factName } from './expression.ts';
import type { EvaluationInput } from './evaluate.ts';

/**
 * What a factor rests on: the documents its facts stand in, by digest, and whose word they are. Where a policy has its
 * factors cite, nobody has to believe a score to find out what was read for it.
 */

/** Most references that one citation spells out: a packet may refer to thousands of documents, and an event is bounded. */
const MOST_REFERRED = 16;

/** Of those, as many as a line for people has, each with its first 12 hexadecimal digits. */
const MOST_SHOWN = 2;
const SHORT_DIGEST = 'sha256:'.length + 12;

/** What facts are read from. */
export type CitedDocuments = Pick<
  EvaluationInput,
  'request' | 'requestDigest' | 'policy' | 'roster' | 'packet' | 'packetDigest' | 'evidenceStatement'
>;

type CitedDocument = FactorCitation['document'];

/** One entry a document that these facts are read from; a factor that reads nothing rests on the policy alone. */
export function citationsOf(reads: readonly FactPath[], documents: CitedDocuments): readonly FactorCitation[] {
  const read = new Map<CitedDocument, FactPath[]>();
  for (const path of reads) {
    const document = documentOf(path);
    read.set(document, [...(read.get(document) ?? []), path]);
  }
  return CITED_DOCUMENTS.flatMap((document) => {
    const paths = read.get(document);
    return paths === undefined ? [] : [citation(document, paths, documents)];
  });
}

/** As large as the citations of these facts can get. */
export function largestCitations(reads: readonly FactPath[]): readonly FactorCitation[] {
  const digest: DigestText = `sha256:${'0'.repeat(64)}`;
  const by = '_'.repeat(128);
  return CITED_DOCUMENTS.flatMap((document): FactorCitation[] => {
    const facts = factsIn(reads.filter((path) => documentOf(path) === document));
    if (facts.length === 0) return [];
    if (document !== 'evidence') return [{ document, digest, by, facts }];
    const refers = Array.from({ length: MOST_REFERRED }, () => digest);
    return [{ document, digest, statement: digest, by, facts, refers, more: Number.MAX_SAFE_INTEGER }];
  });
}

/** ` [evidence by p-eve, refers to sha256:cb706cc8b642; policy]` behind a factor; nothing where it cites nothing. */
export function citedText(cites: readonly FactorCitation[] | undefined): string {
  if (cites === undefined) return '';
  const each = cites.map(({ document, by, refers = [], more = 0 }) => {
    const beyond = refers.length - MOST_SHOWN + more;
    const shown = refers.slice(0, MOST_SHOWN).map((digest) => digest.slice(0, SHORT_DIGEST));
    const named = beyond > 0 ? [...shown, `${beyond} more`] : shown;
    return [
      `${document}${by === null ? '' : ` by ${by}`}`,
      ...(named.length > 0 ? [`refers to ${named.join(', ')}`] : []),
    ];
  });
  return ` [${each.map((parts) => parts.join(', ')).join('; ')}]`;
}

function documentOf([root, member]: FactPath): CitedDocument {
  if (root === 'evidence' || root === 'age') return 'evidence';
  if (root === 'target' || root === 'action') return 'policy';
  return root === 'request' && member === 'requester_kind' ? 'roster' : 'request';
}

function citation(document: CitedDocument, paths: readonly FactPath[], documents: CitedDocuments): FactorCitation {
  const { request, requestDigest, policy, roster, packet, packetDigest, evidenceStatement } = documents;
  const facts = factsIn(paths);
  switch (document) {
    case 'evidence': {
      const { statement } = request.evidence;
      const { signer: by } = evidenceStatement;
      return { document, digest: packetDigest, statement, by, facts, ...referredTo(paths, packet.sections) };
    }
    case 'request':
      return { document, digest: requestDigest, by: request.signer, facts };
    case 'roster':
      return { document, digest: roster.reference.digest, by: null, facts };
    case 'policy':
      return { document, digest: policy.reference.digest, by: null, facts };
  }
}

function factsIn(paths: readonly FactPath[]): readonly string[] {
  return [...new Set(paths.map(factName))].sort();
}

/**
 * The documents that what was read refers to: those of the section outside of its lists, and those within the value itself.
 * Sorted, so that no order of a packet's lists decides which are spelled out.
 */
function referredTo(
  paths: readonly FactPath[],
  sections: EvaluationInput['packet']['sections'],
): Pick<FactorCitation, 'refers' | 'more'> {
  const found = new Set<DigestText>();
  for (const path of paths) {
    const [section, ...steps] = path[0] === 'age' ? placeOfAge(path) : path.slice(1);
    const whole = memberAt(sections as JsonValue, section ?? '');
    gather(whole, false, found);
    gather(steps.reduce<JsonValue | undefined>(memberAt, whole), true, found);
  }
  const sorted = [...found].sort();
  const more = sorted.length - MOST_REFERRED;
  return { refers: sorted.slice(0, MOST_REFERRED), ...(more > 0 ? { more } : {}) };
}

/** The age of the packet is that of the packet alone. */
function placeOfAge([, member]: FactPath): readonly (string | number)[] {
  return member === 'rollback_test' ? ['rollback', 'tested_at'] : [];
}

function gather(value: JsonValue | undefined, intoLists: boolean, found: Set<DigestText>): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    if (intoLists) for (const entry of value) gather(entry, intoLists, found);
    return;
  }
  for (const [name, member] of Object.entries(value)) {
    if (name === 'digest' && isDigest(member)) found.add(member);
    else gather(member, intoLists, found);
  }
}

function memberAt(value: JsonValue | undefined, step: string | number): JsonValue | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
  return (value as Readonly<Record<string | number, JsonValue>>)[step];
}
