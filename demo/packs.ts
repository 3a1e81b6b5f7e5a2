import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from '../core/domain/vocabulary.ts';
import { memberOf, openStatement, predicateTypeOf, readBundle, readDisclosures } from '../pack/index.ts';
import { type Answers, answersOf } from '../verifier/index.ts';
import { expectEqual, expectPresent } from './expect.ts';
import type { DemoHouse } from './house.ts';
import { blank, shown, step, table } from './print.ts';

/** A decision that has closed, with the folder of its pack. */
export interface ClosedDecision {
  readonly decisionId: string;
  readonly folder: string;
  readonly outcome: Outcome;
  /** Digest of the candidate. */
  readonly subject: string;
}

const SEALING_MS = 30_000;

/** Waits for the seal, writes the pack's three files, and tells what it says. */
export async function collect(
  house: DemoHouse,
  name: string,
  decisionId: string,
  expected: Outcome,
): Promise<ClosedDecision> {
  const view = await house.client.wait(decisionId, { until: 'closed', timeoutMs: SEALING_MS });
  expectEqual('the outcome', view.outcome, expected);
  const folder = join(house.out, name);
  const exported = await house.client.export(decisionId);
  const files = {
    'pack.sigstore.json': exported.bundle,
    'pack.json': exported.view,
    'disclosures.json': exported.disclosures,
  };
  mkdirSync(folder, { recursive: true });
  for (const [file, bytes] of Object.entries(files)) writeFileSync(join(folder, file), bytes);

  const { payload } = readBundle(exported.bundle).envelope;
  const type = memberOf(payload, 'predicateType');
  expectEqual('the predicate under which the pack is sealed', type, predicateTypeOf(expected));
  step(`${expected}; the pack is sealed as ${predicateTypeOf(expected)}`);
  tell(answersOf(openStatement(payload), readDisclosures(exported.disclosures)));
  table(Object.entries(files).map(([file, bytes]) => [shown(join(folder, file)), `${bytes.length} bytes`]));
  return { decisionId, folder, outcome: expected, subject: expectPresent('a candidate', view.candidate).digest };
}

function tell({ who, why, evidence, risk, undo, timeline }: Answers): void {
  blank();
  table(
    timeline.map(({ sequence, timestamp, event_type, actor_id, hash, detail }) => {
      return [`${sequence}`, clock(timestamp), event_type, actor_id, hash.slice(0, 7), brief(detail)];
    }),
    ['', 'time (UTC)', 'event', 'actor', 'hash', 'detail'],
  );
  blank();
  const questions = {
    'Who?': who,
    'Why?': why,
    'On what evidence?': evidence,
    'What risk?': risk,
    'How to undo?': undo,
  };
  table(
    Object.entries(questions).flatMap(([question, lines]) =>
      lines.map((line, at) => [at === 0 ? question : '', brief(line)]),
    ),
  );
  blank();
}

/** Time of day, to the millisecond. */
function clock(timestamp: string): string {
  return timestamp.slice(timestamp.indexOf('T') + 1, -1);
}

/** Digests and instants cut to what tells them apart on a screen, and `approval: approval.…` said once; the pack has all of it whole. */
function brief(text: string): string {
  return text
    .replace(/^(\w+): (?=\1\.)/, '')
    .replaceAll(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/g, '$1…')
    .replaceAll(
      /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g,
      (instant) => `${instant.slice(0, 10)} ${clock(instant).slice(0, 8)}`,
    );
}
