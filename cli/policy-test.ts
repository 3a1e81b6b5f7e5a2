import { dirname, resolve } from 'node:path';
import { readCases } from '../evaluation/cases/reader.ts';
import { rosterOf } from '../evaluation/cases/people.ts';
import { type CaseResult, runCases } from '../evaluation/cases/run.ts';
import { readText } from './files.ts';
import { manifestBytes } from './manifest-file.ts';
import { packetOf } from './packet-file.ts';
import { readPolicyFile } from './policy-file.ts';
import { readRosterFile } from './roster-file.ts';

export interface TestedPolicy {
  readonly version: string;
  readonly results: readonly CaseResult[];
  /** Routes that no case takes. */
  readonly untaken: readonly string[];
}

/** `policy.cases.yaml` for `policy.yaml`. */
export function casesBeside(policyPath: string): string {
  return `${policyPath.replace(/\.ya?ml$/, '')}.cases.yaml`;
}

/** Canonical bytes by digest. @throws CliError, CanonError. */
export function manifestsOf(paths: readonly string[]): ReadonlyMap<string, Uint8Array> {
  return new Map(paths.map(manifestBytes).map(({ digest, bytes }) => [digest, bytes]));
}

/**
 * Runs the cases of a policy. Files that they name are relative to the case file.
 *
 * @throws CliError `file.unreadable`; CasesError; PolicyError; DocumentError and CanonError of roster and packets.
 */
export function testPolicy(policyPath: string, casesPath: string): TestedPolicy {
  const { policy } = readPolicyFile(policyPath);
  const text = readText(casesPath);
  const read = readCases(text, policy);
  const beside = (path: string): string => resolve(dirname(casesPath), path);
  const roster =
    read.roster === undefined ? rosterOf(read.people ?? [], policy) : readRosterFile(beside(read.roster)).roster;
  const packets = new Map(Object.entries(read.packets).map(([name, path]) => [name, packetOf(beside(path)).packet]));
  const manifests = manifestsOf(read.manifests.map(beside));
  const results = runCases({ policy, roster, packets, manifests, cases: read.cases, lineOf: read.lineOf });
  const taken = new Set(results.map(({ route }) => route));
  return {
    version: policy.version,
    results,
    untaken: policy.routes.map(({ id }) => id).filter((id) => !taken.has(id)),
  };
}
