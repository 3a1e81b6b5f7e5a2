import * as z from 'zod';
import { type Disclosure, type Envelope, readDisclosure, readJson } from '../core/canon/index.ts';
import { readShape } from '../documents/read-document.ts';
import { readStatement } from '../documents/statements.ts';
import { readInput } from './files.ts';

/** A signed waiver with what opens its reason, on the way from whoever signs it to whoever asks. */
export interface WaiverFile {
  readonly envelope: Envelope;
  readonly disclosures: readonly Disclosure[];
}

const waiverFileSchema = z.strictObject({
  waiver: z.unknown(),
  disclosures: z.array(z.strictObject({ salt: z.string(), path: z.string(), value: z.string() })).max(16),
});

export function waiverText({ envelope, disclosures }: WaiverFile): string {
  return `${JSON.stringify({ waiver: envelope, disclosures }, null, 2)}\n`;
}

/** @throws CliError `file.unreadable`; CanonError; DocumentError `document.shape` and as `readStatement`. */
export function readWaiverFile(path: string): WaiverFile {
  const { waiver, disclosures } = readShape(waiverFileSchema, readJson(readInput(path)));
  return {
    envelope: readStatement(waiver, 'waiver', '$.waiver').parsed.envelope,
    disclosures: disclosures.map((each, index) => readDisclosure(each, `$.disclosures[${index}]`)),
  };
}
