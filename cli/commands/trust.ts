import { command, group } from '../command.ts';

export function trustCommand() {
  return group(
    'trust',
    'show the trust file',
    [show()],
    [['trust show trust.json', 'its digest, to compare with the one you were told']],
  );
}

function show() {
  return command<object, [path: string | undefined]>({
    name: 'show',
    description: 'read a trust file strictly, and print its digest and keys',
    define: (built) => built.argument('[file]', "trust file (default: the configuration's)"),
    examples: [['trust show trust/trust.json', 'what every report begins with']],
    run: async (_options, { configPath }, path) => {
      const [{ readTrust }, { loadConfig }, { canonicalize }] = await Promise.all([
        import('../workplace.ts'),
        import('../config.ts'),
        import('../../core/canon/index.ts'),
      ]);
      const { trust, digest, keys } = readTrust(path ?? loadConfig(configPath).trust);
      const text = [
        `trust   ${digest}`,
        `origin  ${trust.origin}, serial ${trust.serial}, issued ${trust.issued_at}`,
        ...trust.tenants.map(
          (tenant) =>
            `tenant  ${tenant.tenant}: policies need ${tenant.policy_threshold}, rosters ${tenant.roster_threshold}`,
        ),
        ...[...keys].map(
          ([keyId, { entry }]) =>
            `key     ${entry.use.padEnd(15)} ${entry.holder.padEnd(20)} ${keyId}${entry.valid_until ? ` until ${entry.valid_until}` : ''}`,
        ),
      ];
      return { json: { digest, trust: JSON.parse(canonicalize(trust)) }, text: text.join('\n') };
    },
  });
}
