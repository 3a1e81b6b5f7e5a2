import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { digestBytes } from '../core/canon/index.ts';
import type { BuiltEvidence } from '../examples/evidence/index.ts';
import { expectEqual, expectPresent } from './expect.ts';
import type { DemoHouse } from './house.ts';
import { bareEnvironment, countersign } from './processes.ts';
import { quote, shown, step } from './print.ts';

export interface Execution {
  readonly decisionId: string;
  readonly executor: string;
  readonly evidence: BuiltEvidence;
  /** The file that stands for the target. */
  readonly target: string;
  readonly tool: string;
}

/** A file that stands for something in production. */
export function standIn(house: DemoHouse, name: string, content: Uint8Array): string {
  const path = join(house.out, 'world', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** The gateway's configuration as it is before a change: what the change's rollback would restore. @returns its path */
export function gatewayBefore(house: DemoHouse, { artifacts, packet }: BuiltEvidence): string {
  const previous = artifacts.find(({ digest }) => digest === packet.sections.rollback?.target);
  return standIn(house, 'prod-gateway-01/gateway.conf', expectPresent('what a rollback restores', previous).bytes);
}

/**
 * The executor as a process of its own: claims, verifies the clearance pack with its own trust file, measures the
 * candidate, runs the command, and signs the receipt.
 */
export async function execute(cleanup: AsyncDisposableStack, house: DemoHouse, execution: Execution): Promise<void> {
  const { decisionId, executor, evidence, target, tool } = execution;
  const subject = join(house.out, 'artifacts', evidence.subject.path);
  const words = [
    '--decision',
    decisionId,
    '--as',
    executor,
    '--tool',
    tool,
    '--subject',
    shown(subject),
    '--',
    'cp',
    shown(subject),
    shown(target),
  ];
  step(`${executor}, a process of its own with its own trust file and key, claims, verifies its clearance, and runs:`);
  quote(`countersign run ${words.join(' ')}`, 4);
  const { code, stdout, stderr } = await countersign(cleanup, {
    words: ['run', '--config', house.desk(executor), ...words],
    env: bareEnvironment(),
  });
  quote(`${stderr}${stdout}`);
  expectEqual(`the exit code of ${executor}`, code, 0);
  expectEqual(
    'the digest of what is in production now',
    digestBytes(new Uint8Array(readFileSync(target))),
    evidence.candidate.digest,
  );
  step(`${shown(target)} now is the candidate, byte for byte`);
}
