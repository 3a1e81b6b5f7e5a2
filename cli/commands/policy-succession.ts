import { command } from '../command.ts';
import { usage } from '../errors.ts';

/** Commands for a policy whose change is itself a decision (`succession`): propose, hand over, and look back. */

interface ProposeOptions {
  readonly policy?: string;
  readonly owner: string;
  readonly out: string;
}

export function proposeCommand() {
  return command<ProposeOptions>({
    name: 'propose',
    description: 'write what a decision on the next policy is opened with: the candidate, and a draft of its evidence',
    define: (built) => {
      built.option('--policy <file>', "the next policy, YAML (default: the configuration's)");
      built.requiredOption('--owner <actor>', 'who answers for the next policy, for its evidence');
      built.requiredOption('--out <folder>', 'where candidate.json, in-force.json and packet.json go');
    },
    examples: [
      [
        'policy propose --owner ruth --out proposal',
        'then evidence sign, open, approve, run, and policy publish --pack',
      ],
    ],
    run: async ({ policy: given, owner, out }, { configPath }) => {
      const [{ readPolicyFile }, { loadConfig }, { draftProposal }, { writeNew }, { now }, stores, canon, paths] =
        await Promise.all([
          import('../policy-file.ts'),
          import('../config.ts'),
          import('../proposal.ts'),
          import('../files.ts'),
          import('../workplace.ts'),
          import('../../store/index.ts'),
          import('../../core/canon/index.ts'),
          import('node:path'),
        ]);
      const config = loadConfig(configPath);
      const next = readPolicyFile(given ?? config.policy);
      const store = stores.createDirectoryStore({ directory: config.store });
      const { before, packet, ...proposed } = await draftProposal(next, owner, store, now());
      const files = {
        'candidate.json': next.bytes,
        'in-force.json': before.bytes,
        'packet.json': canon.canonicalBytes(packet),
      };
      for (const [name, bytes] of Object.entries(files)) writeNew(paths.join(out, name), bytes);
      const { name, version, digest } = proposed.candidate;
      const open = [
        `countersign open --action ${proposed.action} --target ${proposed.target}`,
        `--candidate ${name}@${version} --digest ${paths.join(out, 'candidate.json')}`,
        `--policy ${paths.join(out, 'in-force.json')} --creator ${owner} …`,
      ].join(' ');
      return {
        json: { ...proposed, under: before.digest, sections: [...proposed.sections], open },
        text: [
          `candidate  ${name}@${version}, ${digest}`,
          `under      ${before.policy.version}, ${before.digest}`,
          `evidence   ${proposed.sections.join(', ')}; the draft has candidate`,
          `next       ${open}`,
        ].join('\n'),
      };
    },
  });
}

interface DiffOptions {
  readonly before?: string;
}

export function diffCommand() {
  return command<DiffOptions, [path: string | undefined]>({
    name: 'diff',
    description: 'what the next policy changes, entry by entry: what its approvers read beside its digest',
    define: (built) => {
      built.argument('[policy]', "the next policy, YAML (default: the configuration's)");
      built.option(
        '--before <file>',
        'YAML or canonical JSON to compare with (default: its predecessor, out of the store)',
      );
    },
    examples: [['policy diff policy/policy.yaml', 'its digest is the one that the brief of the decision on it names']],
    run: async ({ before: given }, { configPath }, path) => {
      const [files, { loadConfig }, { policyDifferences }, proposals, { printable }, { toJson }, stores] =
        await Promise.all([
          import('../policy-file.ts'),
          import('../config.ts'),
          import('../policy-diff.ts'),
          import('../proposal.ts'),
          import('../printable.ts'),
          import('../to-json.ts'),
          import('../../store/index.ts'),
        ]);
      const config = path === undefined || given === undefined ? loadConfig(configPath) : null;
      const next = files.readPolicyFile(path ?? config?.policy ?? '');
      const store = stores.createDirectoryStore({ directory: config?.store ?? '' });
      const before =
        given === undefined ? await proposals.predecessorOf(next.policy, store) : files.readPolicyFile(given);
      const changes = policyDifferences(toJson(before.policy), toJson(next.policy));
      const lines = changes.map(({ path: at, before: old, after }) =>
        printable(`${at}: ${old ?? '(not there)'} -> ${after ?? '(not there)'}`),
      );
      return {
        json: { before: before.digest, after: next.digest, changes: toJson(changes) },
        text: [`before  ${before.digest}`, `after   ${next.digest}`, ...lines].join('\n'),
      };
    },
  });
}

interface StageOptions {
  readonly policy?: string;
}

export function stageCommand() {
  return command<StageOptions>({
    name: 'stage',
    description:
      'hand an endorsed policy over to the store, as the executor of the decision on it; puts nothing in force',
    define: (built) => built.option('--policy <file>', "YAML (default: the configuration's)"),
    examples: [
      ['policy stage', 'needs the store and no ledger; as the command of countersign run, so that the receipt says it'],
    ],
    run: async ({ policy: given }, { configPath }) => {
      const [{ readPolicyFile }, { loadConfig }, endorsed, { now, readTrust }, stores, { stagePolicy }] =
        await Promise.all([
          import('../policy-file.ts'),
          import('../config.ts'),
          import('../endorsed-file.ts'),
          import('../workplace.ts'),
          import('../../store/index.ts'),
          import('../../registry/index.ts'),
        ]);
      const config = loadConfig(configPath);
      const path = given ?? config.policy;
      const { policy, bytes, digest } = readPolicyFile(path);
      const { endorsements } = endorsed.readEndorsements(path, digest);
      const store = stores.createDirectoryStore({ directory: config.store });
      const held = { store, trust: readTrust(config.trust), tenant: config.tenant };
      await stagePolicy(held, bytes, endorsements, now());
      return {
        json: { digest, version: policy.version, serial: policy.serial },
        text: `policy ${policy.version}, serial ${policy.serial}, lies in the store (${digest}); it is not in force`,
      };
    },
  });
}

export function historyCommand() {
  return command({
    name: 'history',
    description: 'the policy in force and those before it: who endorsed each, and which decision let it in',
    examples: [
      ['policy history', 'exit 1 where a link is not proven; needs the ledger (REDIS_URL) and service-keys/mac.key'],
    ],
    run: async (_options, { configPath }) => {
      const [{ loadConfig }, { withRegistry }, { provePolicies }, { readTrust }, { EXIT }, { toJson }, stores] =
        await Promise.all([
          import('../config.ts'),
          import('../publish.ts'),
          import('../past/policies.ts'),
          import('../workplace.ts'),
          import('../exit-codes.ts'),
          import('../to-json.ts'),
          import('../../store/index.ts'),
        ]);
      const config = loadConfig(configPath);
      const line = await withRegistry(config, (registry) => registry.policyLine());
      const store = stores.createDirectoryStore({ directory: config.store });
      const policies = await provePolicies(line, store, readTrust(config.trust), config.tenant);
      const lines = policies.flatMap(({ serial, version, digest, endorsed_by, admitted, approved, genesis, wrong }) => [
        `serial ${serial}  version ${version}  ${digest}`,
        `  endorsed by ${endorsed_by.join(', ') || 'nobody who counts'}`,
        ...(admitted === null
          ? [`  ${genesis ? 'genesis of the line' : 'no decision: the policy before asks for none'}`]
          : [
              `  decision ${admitted.decision_id}: ${approved.join(', ') || 'nobody had to approve'}`,
              `  pack ${admitted.pack}`,
            ]),
        ...(wrong === null ? [] : [`  NOT PROVEN: ${wrong}`]),
      ]);
      return {
        json: toJson({ policies }),
        text: lines.join('\n'),
        exit: policies.every(({ wrong }) => wrong === null) ? EXIT.ok : EXIT.refused,
      };
    },
  });
}

/** A sealed pack, by its path. @throws CliError `cli.usage` where there is a view alone */
export async function sealedBytes(path: string): Promise<Uint8Array> {
  const { readPack } = await import('../verify/read-pack.ts');
  const { bundle } = readPack(path);
  if (bundle !== null) return bundle;
  throw usage('there is no sealed pack here', {
    path: '--pack',
    expected: 'a folder or file with the seal',
    got: path,
  });
}
