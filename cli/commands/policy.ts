import { collect, command, group } from '../command.ts';
import { diffCommand, historyCommand, proposeCommand, sealedBytes, stageCommand } from './policy-succession.ts';

interface FileOptions {
  readonly policy?: string;
}

interface PublishOptions extends FileOptions {
  readonly pack?: string;
}

interface SignOptions extends FileOptions {
  readonly key: string;
}

export function policyCommand() {
  return group(
    'policy',
    'check, lint, test, sign, publish and show the policy, and have its change decided',
    [
      check(),
      lint(),
      test(),
      simulate(),
      sign(),
      diffCommand(),
      proposeCommand(),
      stageCommand(),
      publish(),
      historyCommand(),
      show(),
    ],
    [
      ['policy check policy/policy.yaml', 'every problem, with its line'],
      ['policy lint policy/policy.yaml', 'what is well formed, and probably not meant'],
      ['policy test policy/policy.yaml', "evaluates the policy's own cases, policy/policy.cases.yaml"],
      ['policy sign --key governance-keys/policy.pem', 'endorse it, with a key that the trust file names'],
      ['policy publish', 'put it in force'],
    ],
  );
}

function check() {
  return command<object, [path: string | undefined]>({
    name: 'check',
    description: 'read a policy strictly and compile its expressions; nothing is written',
    define: (built) => built.argument('[policy]', "YAML (default: the configuration's)"),
    examples: [['policy check policy/policy.yaml', 'prints version, serial and digest']],
    run: async (_options, { configPath }, path) => {
      const [{ readPolicyFile }, { loadConfig }] = await Promise.all([
        import('../policy-file.ts'),
        import('../config.ts'),
      ]);
      const { policy, digest } = readPolicyFile(path ?? loadConfig(configPath).policy);
      const { version, serial, gates, routes } = policy;
      const json = { version, serial, digest, gates: gates.length, routes: routes.length };
      return {
        json,
        text: `version ${version}, serial ${serial}, ${gates.length} gates, ${routes.length} routes\ndigest  ${digest}`,
      };
    },
  });
}

function lint() {
  return command<object, [path: string | undefined]>({
    name: 'lint',
    description: 'name what a well-formed policy probably does not mean: routes never taken, floors not met, gaps',
    define: (built) => built.argument('[policy]', "YAML (default: the configuration's)"),
    examples: [['policy lint policy/policy.yaml', 'exit 1 for errors, 0 for warnings alone']],
    run: async (_options, { configPath }, path) => {
      const [{ lintPolicyFile }, { loadConfig }, { EXIT }, { printable }, { toJson }] = await Promise.all([
        import('../lint-file.ts'),
        import('../config.ts'),
        import('../exit-codes.ts'),
        import('../printable.ts'),
        import('../to-json.ts'),
      ]);
      const { version, findings } = lintPolicyFile(path ?? loadConfig(configPath).policy);
      const errors = findings.filter(({ severity }) => severity === 'error').length;
      const warnings = findings.length - errors;
      const lines = findings.map(({ severity, code, path: at, line, message }) =>
        printable(`${severity.padEnd(7)} ${code}: ${at}${line === null ? '' : ` (line ${line})`}: ${message}`),
      );
      return {
        json: { version, errors, warnings, findings: toJson(findings) },
        text: [...lines, `version ${version}: ${errors} errors, ${warnings} warnings`].join('\n'),
        exit: errors === 0 ? EXIT.ok : EXIT.refused,
      };
    },
  });
}

interface TestOptions {
  readonly cases?: string;
}

function test() {
  return command<TestOptions, [path: string | undefined]>({
    name: 'test',
    description: "evaluate a policy's own cases, and compare what comes with what they expect",
    define: (built) => {
      built.argument('[policy]', "YAML (default: the configuration's)");
      built.option('--cases <file>', 'YAML (default: POLICY.cases.yaml beside the policy)');
    },
    examples: [['policy test policy/policy.yaml', 'exit 1 if a case fails; docs/spec/policy-cases.md has the format']],
    run: async ({ cases }, { configPath }, path) => {
      const [{ casesBeside, testPolicy }, { loadConfig }, { EXIT }, { printable }, { toJson }] = await Promise.all([
        import('../policy-test.ts'),
        import('../config.ts'),
        import('../exit-codes.ts'),
        import('../printable.ts'),
        import('../to-json.ts'),
      ]);
      const policyPath = path ?? loadConfig(configPath).policy;
      const { version, results, untaken } = testPolicy(policyPath, cases ?? casesBeside(policyPath));
      const failed = results.filter(({ mismatches }) => mismatches.length > 0).length;
      const passed = results.length - failed;
      const lines = results.flatMap(({ name, mismatches }) => [
        `${mismatches.length === 0 ? 'passed' : 'FAILED'}  ${name}`,
        ...mismatches.map(({ member, expected, got }) => `        ${member}: expected ${expected}, got ${got}`),
      ]);
      const without = untaken.length === 0 ? [] : [`routes that no case takes: ${untaken.join(', ')}`];
      return {
        json: { version, passed, failed, cases: toJson(results), routes_not_taken: toJson(untaken) },
        text: [...lines.map(printable), ...without, `version ${version}: ${passed} passed, ${failed} failed`].join(
          '\n',
        ),
        exit: failed === 0 ? EXIT.ok : EXIT.refused,
      };
    },
  });
}

interface SimulateOptions {
  readonly pack: readonly string[];
  readonly trust?: string;
}

function simulate() {
  return command<SimulateOptions, [path: string | undefined]>({
    name: 'simulate',
    description: 'what a policy would have changed about past decisions, out of their packs; nothing is written',
    define: (built) => {
      built.argument('[policy]', "YAML (default: the configuration's)");
      built.requiredOption('--pack <path>', 'pack of a past decision, folder or file; repeat for several', collect);
      built.option('--trust <file>', "trust file that the packs must hold under (default: the configuration's)");
    },
    examples: [['policy simulate policy/next.yaml --pack packs/a --pack packs/b', 'exit 1 if a pack does not verify']],
    run: async ({ pack, trust }, { configPath }, path) => {
      const [{ simulatePolicy }, { loadConfig }, { EXIT }, { printable }, { toJson }] = await Promise.all([
        import('../past/simulate.ts'),
        import('../config.ts'),
        import('../exit-codes.ts'),
        import('../printable.ts'),
        import('../to-json.ts'),
      ]);
      const config = path === undefined || trust === undefined ? loadConfig(configPath) : null;
      const results = simulatePolicy(path ?? config?.policy ?? '', pack, trust ?? config?.trust ?? '');
      const count = (state: string): number => results.filter((one) => one.state === state).length;
      const lines = results.flatMap(({ state, pack: from, decision, changes }) => [
        `${state.padEnd(13)} ${decision || from}`,
        ...changes.map(({ path: at, expected, got }) => `              ${at.slice(2)}: ${expected} -> ${got}`),
      ]);
      const sum = `${results.length} decisions, ${count('changed')} would change, ${count('unverified')} packs do not hold`;
      return {
        json: { changed: count('changed'), unverified: count('unverified'), decisions: toJson(results) },
        text: [...lines.map(printable), sum].join('\n'),
        exit: count('unverified') === 0 ? EXIT.ok : EXIT.refused,
      };
    },
  });
}

function sign() {
  return command<SignOptions>({
    name: 'sign',
    description: 'endorse the policy with a policy key of the trust file',
    define: (built) => {
      built.option('--policy <file>', "YAML (default: the configuration's)");
      built.requiredOption('--key <file>', 'private policy key');
    },
    examples: [['policy sign --key governance-keys/policy.pem', 'adds to policy.endorsements.json beside it']],
    run: async ({ policy: given, key }, { configPath }) => {
      const [{ readPolicyFile }, { loadConfig }, { readKeyFile }, endorsed, { now, readTrust }] = await Promise.all([
        import('../policy-file.ts'),
        import('../config.ts'),
        import('../key-file.ts'),
        import('../endorsed-file.ts'),
        import('../workplace.ts'),
      ]);
      const config = loadConfig(configPath);
      const path = given ?? config.policy;
      const { policy, digest } = readPolicyFile(path);
      const { envelope, holder } = endorsed.endorse('policy', policy, readKeyFile(key), readTrust(config.trust), now());
      const all = endorsed.withEndorsement(endorsed.readEndorsements(path, digest), envelope);
      endorsed.writeEndorsements(path, all);
      const json = {
        digest,
        version: policy.version,
        serial: policy.serial,
        holder,
        endorsements: all.endorsements.length,
      };
      return {
        json,
        text: `${holder} endorsed policy ${policy.version} (${digest}); ${all.endorsements.length} in all`,
      };
    },
  });
}

function publish() {
  return command<PublishOptions>({
    name: 'publish',
    description: 'put the endorsed policy in force; a version, once used, never changes',
    define: (built) => {
      built.option('--policy <file>', "YAML (default: the configuration's)");
      built.option('--pack <path>', 'sealed pack of the decision on it, where the policy in force asks for one');
    },
    examples: [
      ['policy publish', 'needs the ledger (REDIS_URL) and service-keys/mac.key'],
      ['policy publish --pack packs/policy-change', 'the pack is verified, and named in the record of the policy'],
    ],
    run: async ({ policy: given, pack }, { configPath }) => {
      const [{ readPolicyFile }, { loadConfig }, endorsed, { publish: put }] = await Promise.all([
        import('../policy-file.ts'),
        import('../config.ts'),
        import('../endorsed-file.ts'),
        import('../publish.ts'),
      ]);
      const config = loadConfig(configPath);
      const path = given ?? config.policy;
      const { policy, bytes, digest } = readPolicyFile(path);
      const standing = endorsed.readEndorsements(path, digest);
      const decided = pack === undefined ? undefined : await sealedBytes(pack);
      const reference = await put(config, 'policy', bytes, standing.endorsements, decided);
      endorsed.writeEndorsements(path, { ...standing, published: true });
      const json = {
        digest,
        version: policy.version,
        serial: reference.serial,
        endorsements: [...reference.endorsements],
        ...(reference.admitted === undefined ? {} : { admitted: { ...reference.admitted } }),
      };
      const by = reference.admitted === undefined ? '' : `, by decision ${reference.admitted.decision_id}`;
      return { json, text: `policy ${policy.version}, serial ${reference.serial}, is in force${by} (${digest})` };
    },
  });
}

function show() {
  return command<FileOptions>({
    name: 'show',
    description: 'the policy as canonical JSON, with its digest and endorsements',
    define: (built) => built.option('--policy <file>', "YAML (default: the configuration's)"),
    examples: [['policy show --json', 'what is hashed and signed']],
    run: async ({ policy: given }, { configPath }) => {
      const [{ readPolicyFile }, { loadConfig }, endorsed, { readStatement }, { canonicalize }] = await Promise.all([
        import('../policy-file.ts'),
        import('../config.ts'),
        import('../endorsed-file.ts'),
        import('../../documents/statements.ts'),
        import('../../core/canon/index.ts'),
      ]);
      const path = given ?? loadConfig(configPath).policy;
      const { policy, digest } = readPolicyFile(path);
      const { endorsements, published } = endorsed.readEndorsements(path, digest);
      const signers = endorsements.map((each) => readStatement(each, 'endorsement').statement.signer);
      const json = { digest, published, endorsed_by: signers, policy: JSON.parse(canonicalize(policy)) };
      const state = published ? 'published' : 'not published from here';
      const text = [
        `policy  ${policy.title}, version ${policy.version}, serial ${policy.serial}, ${state}`,
        `digest  ${digest}`,
        `signed  ${signers.join(', ') || 'by nobody'}`,
        ...policy.actions.map(({ id, evidence }) => `action  ${id}: ${evidence.join(', ')}`),
        ...policy.targets.map(
          ({ id, environment, executors }) => `target  ${id}: ${environment}, executed by ${executors.join(', ')}`,
        ),
        ...policy.routes.map(
          ({ id, slots }) =>
            `route   ${id}: ${slots.map(({ role, signatures }) => `${signatures} x ${role}`).join(', ') || 'nobody'}`,
        ),
      ];
      return { json, text: text.join('\n') };
    },
  });
}
