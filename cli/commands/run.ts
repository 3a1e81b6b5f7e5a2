import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { command } from '../command.ts';
import { usage } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { SignerOptions } from '../key-file.ts';
import { REFERENCE_HELP } from '../measure/reference-help.ts';
import type { GovernanceOptions } from '../run/own-governance.ts';

interface Options extends SignerOptions, GovernanceOptions {
  readonly decision: string;
  readonly subject?: string;
  readonly reference?: string;
  readonly tool?: string;
  readonly abandon?: boolean;
}

export function runCommand() {
  return command<Options, [words: readonly string[]]>({
    name: 'run',
    description: 'claim a decision, verify its clearance, measure the subject, run a command, sign the receipt',
    define: (built) => {
      built.argument('<command...>', 'after --: the command and its arguments');
      built.requiredOption('--decision <id>', 'decision to execute');
      built.requiredOption('--as <actor>', 'executor, a workload or person that the policy names for the target');
      built.option('--key <file>', "private key (default: ACTOR.pem in the configuration's folder of keys)");
      built.option(
        '--subject <path>',
        'file, folder or OCI image layout that the command is about to use; its digest must be the approved one',
      );
      built.option('--reference <name|digest>', REFERENCE_HELP);
      built.option('--standing <file>', 'newest standing that governance gave you, its endorsements beside it');
      built.option('--freezes <folder>', 'emergency freezes (*.json) that reached you, by whatever way');
      built.option('--tool <name>', 'name of the tool for the receipt (default: the name of the command)');
      built.option('--abandon', 'run nothing, and sign a receipt that says so');
      built.passThroughOptions();
    },
    examples: [
      [
        'run --decision 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d --as deployer --subject gateway.tar -- ./apply gateway.tar',
        'repeat it after a crash or a lost answer: the command is started at most once',
      ],
    ],
    run: async (options, surroundings, words) => {
      // Without a measurement a receipt could only say that something else than the candidate was executed.
      if (options.subject === undefined && options.abandon !== true) {
        throw usage('--subject PATH is what was approved, to be measured before anything runs', { path: '--subject' });
      }
      const [
        machine,
        states,
        { execute },
        { measure },
        { verifyOwnClearance },
        { withClient },
        { now },
        { readSigner },
        { readInput },
        { holdAnswer },
        { readOwnGovernance },
      ] = await Promise.all([
        import('../run/run-machine.ts'),
        import('../run/state-file.ts'),
        import('../run/execute.ts'),
        import('../measure/measure.ts'),
        import('../run/clearance.ts'),
        import('../with-client.ts'),
        import('../workplace.ts'),
        import('../key-file.ts'),
        import('../files.ts'),
        import('../answer.ts'),
        import('../run/own-governance.ts'),
      ]);
      const { createDirectoryStore } = await import('../../store/index.ts');
      const { decision: decisionId, subject = '' } = options;
      if (options.tool === undefined) machine.toolOf(words);
      return withClient(surroundings, async (client, config) => {
        const by = readSigner(config, options);
        const store = createDirectoryStore({ directory: config.store });
        const folder = join(config.folder, '.countersign', 'run');
        const lock = states.lockRun(folder, decisionId);
        let permit = '';
        try {
          const outcome = await machine.run(
            {
              states: states.runStates(folder, decisionId),
              prepareClaim: () => client.prepareClaim(decisionId, by),
              prepareReceipt: (content) => client.prepareReceipt(by, content),
              submit: async (envelope) => {
                const submitted = await client.submit(decisionId, envelope);
                permit = submitted.permit ?? permit;
                holdAnswer(config, decisionId, submitted);
                return submitted;
              },
              verifyClearance: async (clearance) => {
                const pack = await store.get(clearance);
                const verified = verifyOwnClearance({
                  pack,
                  permit,
                  trust: readInput(config.trust),
                  trustName: config.trust,
                  executor: by.actorId,
                  decisionId,
                  at: now(),
                  governance: readOwnGovernance(options),
                  say: surroundings.say,
                });
                states.keepClearance(folder, decisionId, pack);
                return verified;
              },
              measure: async () => (await measure(subject, options.reference)).digest,
              execute: () => execute(words, surroundings.json),
              now,
              random: (bytes) => Uint8Array.from(randomBytes(bytes)),
            },
            {
              decisionId,
              words,
              ...(options.tool === undefined ? {} : { tool: options.tool }),
              ...(options.abandon === undefined ? {} : { abandon: options.abandon }),
            },
          );
          const { result, exitCode, receipt, executedNow, submitted } = outcome;
          const addendum = submitted?.addendum ?? null;
          const json = {
            decision_id: decisionId,
            result,
            exit_code: exitCode,
            receipt,
            executed_now: executedNow,
            addendum,
          };
          const already = executedNow ? '' : ' (nothing was started now)';
          const late = addendum === null ? '' : `; the decision had closed, the receipt stands in addendum ${addendum}`;
          const text = `${result}${already}: receipt ${receipt} acknowledged${late}`;
          return { json, text, exit: result === 'success' ? EXIT.ok : EXIT.refused };
        } finally {
          lock.release();
        }
      });
    },
  });
}
