import { z } from 'zod';
import { type JsonObject, readJson } from '../core/canon/index.ts';
import type { EvaluationContent } from '../client/statements.ts';
import { calibration, failureSlice, pinned, reference, scorecard } from '../documents/evaluation-shape.ts';
import { timestampText } from '../documents/primitives.ts';
import { readShape } from '../documents/read-document.ts';
import { readInput } from './files.ts';

/** What an evaluator writes down of an evaluation: the packet's section, and when it began and ended. */
const draftSchema = z.strictObject({
  suite: pinned,
  data_manifest: reference,
  runtime: pinned,
  scorecards: z.array(scorecard).min(1),
  failure_slices: z.array(failureSlice),
  calibration,
  started_at: timestampText,
  finished_at: timestampText,
});

export interface EvaluationDraft {
  /** What the card says of it, but for what it was about. */
  readonly said: Omit<EvaluationContent, 'subject' | 'policy' | 'results'>;
  /** The packet's section, but for what a signed card adds. */
  readonly section: JsonObject;
}

/** @throws CliError `file.unreadable`; CanonError; DocumentError `document.shape`, `document.floating_name`. */
export function readEvaluationDraft(path: string): EvaluationDraft {
  const { data_manifest, started_at, ...shared } = readShape(draftSchema, readJson(readInput(path)));
  return {
    said: { ...shared, data_manifest: data_manifest.digest, started_at },
    section: { ...shared, data_manifest },
  };
}
