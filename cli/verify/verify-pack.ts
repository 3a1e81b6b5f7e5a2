import { OUTCOMES } from '../../core/domain/vocabulary.ts';
import {
  type Demands,
  exitCode,
  LEVELS,
  type Report,
  renderReport,
  renderTimeline,
  verify,
} from '../../verifier/index.ts';
import type { Outcome } from '../command.ts';
import { usage } from '../errors.ts';
import { digestOrMeasured } from '../subject.ts';
import type { VerifyOptions } from './definition.ts';
import { readPack } from './read-pack.ts';
import { anchorFiles } from './anchor-files.ts';
import { packsIn } from './packs-in.ts';
import { trustFiles } from './trust-files.ts';
import { toJson } from '../to-json.ts';

/** Verifies what lies at a path against the caller's trust file and demands. @throws CliError `cli.usage`; as `readPack`. */
export async function verifyPack(path: string, options: VerifyOptions): Promise<Outcome> {
  const demands = await demandsOf(options);
  const { besides, ...files } = readPack(path, options.disclosures);
  const anchors = options.anchor === undefined ? {} : { anchors: anchorFiles(options.anchor) };
  const packs = options.packs === undefined ? {} : { packs: packsIn(options.packs) };
  const given = { ...files, ...anchors, ...packs, ...trustFiles(options.trust) };
  const verified = verify({ ...given, trustName: options.trust, options: demands });
  // What lies beside the pack counts like what lies in it.
  const report: Report =
    besides.length === 0
      ? verified
      : { ...verified, evidence: 'does_not_hold', answers: null, findings: [...besides, ...verified.findings] };
  const timeline =
    options.timeline === true && report.answers !== null ? `\n\n${renderTimeline(report.answers.timeline)}` : '';
  return {
    // Every member of a report is JSON already.
    json: toJson(report),
    text: `${renderReport(report).trimEnd()}${timeline}`,
    // A trust file that cannot be read is no verdict about the pack.
    exit: report.trust.digest === null ? 2 : exitCode(report, demands),
  };
}

async function demandsOf(options: VerifyOptions): Promise<Demands> {
  const require = oneOf(LEVELS, options.require, '--require', 'there is no such level');
  const expect = oneOf(OUTCOMES, options.expect, '--expect', 'there is no such outcome');
  if (options.subject === undefined && options.reference !== undefined) {
    throw usage('--reference chooses an image of --subject', { path: '--reference', expected: '--subject as well' });
  }
  return options.subject === undefined
    ? { require, expect }
    : { require, expect, subject: await digestOrMeasured('--subject', options.subject, options.reference) };
}

function oneOf<Value extends string>(values: readonly Value[], got: string, path: string, message: string): Value {
  const found = values.find((value) => value === got);
  if (found === undefined) throw usage(message, { path, expected: values.join(', '), got });
  return found;
}
