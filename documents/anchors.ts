import * as z from 'zod';
import { readDocument } from './read-document.ts';
import { type ReadStatement, readStatement } from './statements.ts';

/** Heads of one chain as witnesses saw them, in a file that lies beside a pack. See docs/spec/witness.md. */

export const ANCHORS_TYPE = 'application/vnd.countersign.anchors.v1+json';

const anchorsSchema = z.strictObject({
  _type: z.literal(ANCHORS_TYPE),
  /** Envelopes of `anchor` statements, of any witnesses, in any order. */
  anchors: z.array(z.unknown()).max(10_000),
});

/**
 * Reads the envelopes. NO SIGNATURE IS VERIFIED: each is for `authenticateService`.
 *
 * @throws CanonError `json.*`, `envelope.*`; DocumentError `document.*`, `statement.kind`.
 */
export function readAnchors(bytes: Uint8Array): readonly ReadStatement<'anchor'>[] {
  const { anchors } = readDocument(anchorsSchema, ANCHORS_TYPE, bytes);
  return anchors.map((each, at) => readStatement(each, 'anchor', `$.anchors[${at}]`));
}
