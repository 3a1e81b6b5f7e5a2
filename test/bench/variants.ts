import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Client, WithStartWorkflowOperation } from '@temporalio/client';
import { writeFileSync } from 'node:fs';
import { parseDigest } from '../../core/canon/index.ts';
import { UPDATES } from '../../core/contracts/names.ts';
import { timestamp } from '../../core/domain/vocabulary.ts';
import { verifyClearance } from '../../verifier/index.ts';
import { bundled, workflowsIn } from '../../worker/workflow-code.ts';
import { requestWithEvidence } from './evidence.ts';
import { PEOPLE, type RunningHouse } from '../support/running-house.ts';
import { gatewayReceipt } from '../support/scenario.ts';

/** Where the time of one decision goes, in milliseconds at the client. */
export interface DecisionTimes {
  /** From the call of `open` to a routed decision. */
  readonly openToRouted: number;
  /** From the call of `approve`, brief read and statement signed in it, to the checked acknowledgement. */
  readonly approvalToAcknowledged: readonly number[];
  readonly decisionId: string;
}

export const APPROVERS = [PEOPLE.executive, PEOPLE.secondExecutive] as const;

/** Size of a usual evidence packet, in bytes. */
export const EVIDENCE_BYTES = 16 * 1024;

const UNTIL_ROUTED = { until: 'routed', timeoutMs: 60_000 } as const;

/** Opens a decision and leaves it waiting for its approvers. */
export async function openWaiting(house: RunningHouse, evidenceBytes = EVIDENCE_BYTES): Promise<string> {
  const opened = await house.client.open(requestWithEvidence(house, randomUUID(), evidenceBytes));
  const { decisionId } = opened;
  // A worker that is at its limits says so after a second, and the decision is routed a little later.
  const waited = opened.view.stage === 'routed' ? opened.view : await house.client.wait(decisionId, UNTIL_ROUTED);
  if (waited.stage !== 'routed') throw new Error(`a decision is ${waited.stage} and not routed (${waited.ending})`);
  return decisionId;
}

export async function approveTimed(house: RunningHouse, decisionId: string, actorId: string): Promise<number> {
  const began = performance.now();
  const given = { rationale: 'Read the diff and the rollback plan' };
  const answer = await house.client.approve(decisionId, house.signer(actorId), given);
  if (answer.verdict !== 'accepted') throw new Error(`an approval was refused: ${answer.code}`);
  return performance.now() - began;
}

/** The full decision: every signature made and checked, the clearance verified as executors do, the pack sealed. */
export async function fullDecision(house: RunningHouse): Promise<DecisionTimes> {
  const began = performance.now();
  const decisionId = await openWaiting(house);
  const openToRouted = performance.now() - began;
  const approvalToAcknowledged: number[] = [];
  for (const approver of APPROVERS) approvalToAcknowledged.push(await approveTimed(house, decisionId, approver));
  await claimAndConfirm(house, decisionId);
  const view = await house.client.wait(decisionId, { until: 'closed', timeoutMs: 120_000 });
  if (view.outcome !== 'executed' || view.pack === null) throw new Error(`a decision ended as ${view.outcome}`);
  return { openToRouted, approvalToAcknowledged, decisionId };
}

export async function claimAndConfirm(house: RunningHouse, decisionId: string): Promise<void> {
  const executor = house.signer(PEOPLE.deployer);
  const claim = await house.client.claim(decisionId, executor);
  if (claim.clearance === null || claim.permit === null) throw new Error(`no clearance: ${claim.code}`);
  const at = timestamp(Date.now());
  const { permit, findings } = verifyClearance({
    pack: await house.store.get(parseDigest(claim.clearance)),
    permit: claim.permit,
    trust: house.house.trustFile,
    trustName: 'trust.json',
    executor: executor.actorId,
    at,
  });
  if (permit === null) throw new Error(`the clearance does not hold: ${findings[0]?.code}`);
  const done = { claim: { ...claim, permit: permit.digest }, subject: permit.subject, target: permit.target, at };
  const receipt = await house.client.confirm(executor, gatewayReceipt(decisionId, done));
  if (receipt.verdict !== 'accepted') throw new Error(`a receipt was refused: ${receipt.code}`);
}

/** The same external waits as {@link fullDecision}, on the floor workflow; the messages are as large as real ones. */
export async function floorDecision(temporal: Client, taskQueue: string): Promise<string> {
  const operation = new WithStartWorkflowOperation('floor', {
    workflowId: `floor/${randomUUID()}`,
    taskQueue,
    workflowIdConflictPolicy: 'FAIL',
  });
  await temporal.workflow.executeUpdateWithStart<() => Promise<void>, string, []>(UPDATES.opened, {
    startWorkflowOperation: operation,
  });
  const handle = await operation.workflowHandle();
  for (let i = 0; i < 4; i += 1) await handle.executeUpdate<string, [string]>(UPDATES.submit, { args: [MESSAGE] });
  await handle.result();
  return handle.workflowId;
}

/** As large as a signed approval, in characters of JSON. */
const MESSAGE = 'x'.repeat(1_900);

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The floor's bundle, or that of a decision with `workflows/activities.ts` exchanged for the naive one. */
export async function bundleTo(path: string, variant: 'floor' | 'naive'): Promise<string> {
  const exchanged = here('../../workflows/activities.ts');
  const naive = here('./naive-activities.ts');
  const decisions = workflowsIn(here('../../workflows'));
  const code =
    variant === 'floor'
      ? await bundled({ ...decisions, workflowsPath: here('./floor-workflow.ts') })
      : await bundled(decisions, (config) => ({
          ...config,
          plugins: [...(config.plugins ?? []), new Exchange(exchanged, naive)],
        }));
  writeFileSync(path, code);
  return path;
}

interface Resolving {
  request: string;
  readonly context: string;
  readonly contextInfo: { readonly issuer: string };
}

interface Compiler {
  readonly hooks: {
    readonly normalModuleFactory: {
      tap(
        name: string,
        use: (factory: {
          hooks: { beforeResolve: { tap(name: string, use: (resolving: Resolving) => void): void } };
        }) => void,
      ): void;
    };
  };
}

/** Webpack plug-in: whoever asks for `from` gets `to`, but for `to` itself. */
class Exchange {
  readonly #from: string;
  readonly #to: string;

  constructor(from: string, to: string) {
    this.#from = from;
    this.#to = to;
  }

  apply(compiler: Compiler): void {
    compiler.hooks.normalModuleFactory.tap('Exchange', (factory) => {
      factory.hooks.beforeResolve.tap('Exchange', (resolving) => {
        if (resolving.contextInfo.issuer === this.#to) return;
        if (resolve(resolving.context, resolving.request) === this.#from) resolving.request = this.#to;
      });
    });
  }
}
