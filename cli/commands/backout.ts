import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import type { SignerOptions } from '../key-file.ts';
import { REFERENCE_HELP } from '../measure/reference-help.ts';
import { withClient } from '../with-client.ts';

interface RunOptions extends SignerOptions {
  readonly pack: string;
  readonly subject: string;
  readonly candidate: string;
  readonly reason: string;
  readonly reference?: string;
  readonly standing?: string;
  readonly tool?: string;
}

export function backoutCommand() {
  return [run(), record()];
}

function run() {
  return command<RunOptions, [words: readonly string[]]>({
    name: 'backout',
    description:
      'go back without the service, to the rollback target that a pack proves, and keep a signed record of it',
    define: (built) => {
      built.argument('<command...>', 'after --: the command and its arguments');
      built.requiredOption(
        '--pack <path>',
        'sealed pack, folder or file, of the decision to go back from; or its clearance pack',
      );
      built.requiredOption('--as <actor>', 'executor, a workload or person that the policy names for the target');
      built.option('--key <file>', "private key (default: ACTOR.pem in the configuration's folder of keys)");
      built.requiredOption('--subject <path>', 'what the command brings back; its digest must be the rollback target');
      built.option('--reference <name|digest>', REFERENCE_HELP);
      built.requiredOption('--candidate <name@version>', 'what that is called, for whoever reads the history');
      built.requiredOption('--reason <text>', 'why; kept beside the record, in it as a commitment');
      built.option('--standing <file>', 'newest standing that governance gave you, its endorsements beside it');
      built.option('--tool <name>', 'name of the tool for the record (default: the name of the command)');
      built.passThroughOptions();
    },
    examples: [
      [
        'backout --pack ./pack --as deployer --subject gateway-2.3.1.tar --candidate gateway@2.3.1 --reason "5xx since 2.4.0" -- ./apply gateway-2.3.1.tar',
        'neither Temporal nor the ledger is asked; countersign record-backout sends it later',
      ],
    ],
    run: async (options, surroundings, words) => {
      const [
        { backOut },
        { writeRecord },
        { candidateName },
        { loadConfig },
        { execute },
        { measure },
        { toolOf },
        { readOwnGovernance },
        { readSigner },
        { isFolder, readInput },
        { readPack },
        { now },
        { signBackout },
        { verifyBackout },
        { digestJson },
        { usage },
      ] = await Promise.all([
        import('../backout/back-out.ts'),
        import('../backout/backout-record.ts'),
        import('../candidate-name.ts'),
        import('../config.ts'),
        import('../run/execute.ts'),
        import('../measure/measure.ts'),
        import('../run/run-machine.ts'),
        import('../run/own-governance.ts'),
        import('../key-file.ts'),
        import('../files.ts'),
        import('../verify/read-pack.ts'),
        import('../workplace.ts'),
        import('../../client/statements.ts'),
        import('../../verifier/index.ts'),
        import('../../core/canon/index.ts'),
        import('../errors.ts'),
      ]);
      const config = loadConfig(surroundings.configPath);
      const by = readSigner(config, options);
      const { pack } = options;
      const bytes = isFolder(pack) ? readPack(pack).bundle : readInput(pack);
      if (bytes === null) throw usage('there is no sealed pack in this folder', { path: pack });
      const trust = readInput(config.trust);
      const random = (length: number): Uint8Array => Uint8Array.from(randomBytes(length));
      const path = join(
        config.folder,
        '.countersign',
        'backout',
        `${Date.now()}-${randomBytes(4).toString('hex')}.json`,
      );
      const { origin, tenant } = config;
      const outcome = await backOut(
        {
          measure: async () => (await measure(options.subject, options.reference)).digest,
          sign: (content) => signBackout(by, content, { origin, tenant, random }),
          verify: (statement, at) =>
            verifyBackout({ pack: bytes, statement, trust, at, governance: readOwnGovernance(options) }),
          keep: (statement) => writeRecord(path, statement),
          forget: () => rmSync(path, { force: true }),
          execute: () => execute(words, surroundings.json),
          now,
          say: surroundings.say,
        },
        {
          pack: bytes,
          candidate: candidateName(options.candidate),
          tool: options.tool ?? toolOf(words),
          command: digestJson([...words]),
          reason: options.reason,
        },
      );
      const { decisionId, result, exitCode, statement } = outcome;
      const json = { decision_id: decisionId, result, exit_code: exitCode, statement, record: path };
      const text = `${result}: kept as ${path}\ncountersign record-backout ${path} sends it, once there is a service`;
      return { json, text, exit: result === 'success' ? EXIT.ok : EXIT.refused };
    },
  });
}

function record() {
  return command<Record<never, never>, [file: string]>({
    name: 'record-backout',
    description: 'send the record of a backout, for the history of its target; it is recorded once, however often',
    define: (built) => {
      built.argument('<record>', 'file that countersign backout has kept');
    },
    examples: [
      ['record-backout .countersign/backout/1764183600000-5b3f0c9e.json', 'as an addendum to the closed decision'],
    ],
    run: (_, surroundings, file) =>
      withClient(surroundings, async (client, config) => {
        const [{ answerOf }, { readRecord }] = await Promise.all([
          import('../answer.ts'),
          import('../backout/backout-record.ts'),
        ]);
        const { read, disclosures } = readRecord(file);
        const { decision_id: decisionId } = read.statement;
        const submitted = await client.submit(decisionId, read.parsed.envelope, disclosures);
        return answerOf(config, decisionId, 'backout', submitted);
      }),
  });
}
