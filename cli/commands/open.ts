import { timestamp } from '../../core/domain/vocabulary.ts';
import { collect, command } from '../command.ts';
import { usage } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { SignerOptions } from '../key-file.ts';
import { REFERENCE_HELP } from '../measure/reference-help.ts';
import { wholeNumber } from '../numbers.ts';
import { renderView } from '../render.ts';
import { toJson } from '../to-json.ts';

interface Options extends SignerOptions {
  readonly role: string;
  readonly action: string;
  readonly target: string;
  readonly candidate: string;
  readonly digest: string;
  readonly reference?: string;
  readonly creator: readonly string[];
  readonly evidence: string;
  readonly evidenceStatement: string;
  readonly manifest?: readonly string[];
  readonly card?: string;
  readonly policy?: string;
  readonly context?: readonly string[];
  readonly summary: string;
  readonly undoes?: string;
  readonly follows?: string;
  readonly waiver?: readonly string[];
  readonly idempotencyKey: string;
  readonly wait?: true | string;
  readonly timeout: string;
  readonly quiet?: boolean;
}

export function openCommand() {
  return command<Options>({
    name: 'open',
    description: 'ask for a decision; safe to repeat with the same idempotency key',
    define: (built) => {
      built.requiredOption('--as <actor>', 'who asks');
      built.option('--key <file>', "private key (default: ACTOR.pem in the configuration's folder of keys)");
      built.requiredOption('--role <role>', 'role in which the requester asks');
      built.requiredOption('--action <id>', 'action class of the policy');
      built.requiredOption('--target <id>', 'target of the policy');
      built.requiredOption('--candidate <name@version>', 'what is to be promoted');
      built.requiredOption(
        '--digest <digest|path>',
        "the candidate's digest, or the file, folder or OCI layout that has it",
      );
      built.option('--reference <name|digest>', REFERENCE_HELP);
      built.requiredOption('--creator <actor>', 'who made the candidate; repeat for several', collect);
      built.requiredOption('--evidence <file>', 'evidence packet, canonical JSON');
      built.requiredOption('--evidence-statement <file>', "its author's signed statement");
      built.option(
        '--manifest <file>',
        "the candidate's manifest, JSON, where the policy has it read; repeat for several",
        collect,
      );
      built.option('--card <file>', "the evaluator's signed card, where the policy has it read");
      built.option('--policy <file>', "policy to be decided under (default: the configuration's)");
      built.option('--context <name=value>', 'identifiers only; repeat for several', collect);
      built.requiredOption('--summary <text>', 'what and why, in words; kept beside the record, in it as a commitment');
      built.option('--undoes <decision>', 'this is the rollback of that decision; the action must be one');
      built.option('--follows <decision>', 'this is the next stage of the release that that decision let out');
      built.option('--waiver <file>', 'a signed waiver of a gate that would deny; repeat for several', collect);
      built.requiredOption('--idempotency-key <key>', 'the same key means the same decision');
      built.option('--wait [goal]', 'until routed, authorized, cleared or closed (authorized unless given)');
      built.option('--timeout <seconds>', 'for --wait', '3600');
      built.option('--quiet', 'print the id of the decision alone, for a shell variable');
    },
    examples: [
      [
        'open --as dana --role operator --action deploy.change --target production-01 --candidate gateway@1.4.2 \\\n' +
          '    --digest sha256:9f86… --creator carl --evidence packet.json --evidence-statement evidence.json \\\n' +
          '    --context ticket=CHG-1042 --summary "Rate limits for the new tenants" --idempotency-key CHG-1042 --wait',
        'opens it, and waits until it is approved',
      ],
    ],
    run: async (options, surroundings) => {
      const [
        { readSigner },
        { readPolicyFile },
        { readInput },
        { withClient },
        { readJson, readEnvelope },
        { WAIT_GOALS },
        { digestOrMeasured },
        { candidateName },
        { manifestBytes },
        { readWaiverFile },
      ] = await Promise.all([
        import('../key-file.ts'),
        import('../policy-file.ts'),
        import('../files.ts'),
        import('../with-client.ts'),
        import('../../core/canon/index.ts'),
        import('../../client/wait.ts'),
        import('../subject.ts'),
        import('../candidate-name.ts'),
        import('../manifest-file.ts'),
        import('../waiver-file.ts'),
      ]);
      const goal = options.wait === true ? 'authorized' : options.wait;
      const until = WAIT_GOALS.find((known) => known === goal);
      if (goal !== undefined && until === undefined) {
        throw usage('there is no such goal', { path: '--wait', expected: WAIT_GOALS.join(', '), got: goal });
      }
      const timeoutMs = wholeNumber('--timeout', options.timeout, 1, 366 * 86_400) * 1000;
      const { name, version } = candidateName(options.candidate);
      const manifests = (options.manifest ?? []).map((path) => manifestBytes(path).bytes);
      const waivers = (options.waiver ?? []).map(readWaiverFile);
      const digestOfCandidate = await digestOrMeasured('--digest', options.digest, options.reference);
      return withClient(surroundings, async (client, config) => {
        const { policy, bytes, digest } = readPolicyFile(options.policy ?? config.policy);
        const opened = await client.open({
          requester: readSigner(config, options),
          role: options.role,
          action: options.action,
          target: options.target,
          candidate: { name, version, digest: digestOfCandidate },
          creators: options.creator,
          packet: readInput(options.evidence),
          evidenceStatement: readEnvelope(readJson(readInput(options.evidenceStatement))).envelope,
          manifests,
          ...(options.card === undefined ? {} : { card: readEnvelope(readJson(readInput(options.card))).envelope }),
          waivers,
          policy: { version: policy.version, digest },
          policyDocument: bytes,
          context: contextOf(options.context ?? []),
          summary: options.summary,
          idempotencyKey: options.idempotencyKey,
          ...(options.undoes === undefined ? {} : { undoes: options.undoes }),
          ...(options.follows === undefined ? {} : { follows: options.follows }),
        });
        const { decisionId, request, started } = opened;
        surroundings.say(`decision ${decisionId} ${started ? 'opened' : 'stood already'}`);
        const view = until === undefined ? opened.view : await client.wait(decisionId, { until, timeoutMs });
        const json = { decision_id: decisionId, request, started, view: toJson(view) };
        // A script that waits for an approval must not go on because the wait ended in a refusal.
        const ended = view.outcome !== null && view.outcome !== 'executed';
        const text = options.quiet === true ? decisionId : renderView(view, timestamp(Date.now()));
        return { json, text, exit: ended ? EXIT.refused : EXIT.ok };
      });
    },
  });
}

function contextOf(entries: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    entries.map((entry) => {
      const at = entry.indexOf('=');
      if (at < 1)
        throw usage('this is no entry of the context', { path: '--context', expected: 'name=value', got: entry });
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}
