import { collect, command } from '../command.ts';

interface AffectedOptions {
  readonly trust?: string;
  readonly revoke?: readonly string[];
  readonly revokeKey?: readonly string[];
}

export function affectedCommand() {
  return command<AffectedOptions, [packs: readonly string[]]>({
    name: 'affected',
    description: 'what a revocation touches: all that descends from it, by however many steps, and where it went',
    define: (built) => {
      built.argument('<packs...>', 'packs of past decisions, folders or files');
      built.option('--revoke <digest>', 'candidate, parent or data; repeat for several', collect);
      built.option('--revoke-key <id>', 'key whose signatures count no more; repeat for several', collect);
      built.option('--trust <file>', "trust file that the packs must hold under (default: the configuration's)");
    },
    examples: [['affected packs/* --revoke sha256:4f0c…', 'exit 1 if anything is affected, or a pack does not hold']],
    run: async ({ trust, revoke = [], revokeKey = [] }, { configPath }, packs) => {
      const [
        { affectedReport },
        { wayLine },
        { isDigest },
        { loadConfig },
        { usage },
        { EXIT },
        { printable },
        { toJson },
      ] = await Promise.all([
        import('../past/affected.ts'),
        import('../past/way-line.ts'),
        import('../../core/canon/index.ts'),
        import('../config.ts'),
        import('../errors.ts'),
        import('../exit-codes.ts'),
        import('../printable.ts'),
        import('../to-json.ts'),
      ]);
      const revoked = [...revoke, ...revokeKey];
      const got = revoked.find((one) => !isDigest(one)) ?? (revoked.length === 0 ? 'nothing' : undefined);
      if (got !== undefined)
        throw usage('say what is revoked', { path: '--revoke', expected: 'sha256: and 64 lower-case hex digits', got });
      const report = affectedReport(packs, trust ?? loadConfig(configPath).trust, revoked);
      const { affected, descendants, unverified } = report;
      const lines = [
        ...affected.map(wayLine),
        ...(descendants.length === 0 ? [] : [`to be revoked by the next standing too: ${descendants.join(' ')}`]),
        ...unverified.map((pack) => `does not hold, nothing was read out of it: ${pack}`),
        `${packs.length} packs, ${affected.length} decisions affected, ${unverified.length} packs do not hold`,
      ];
      return {
        json: toJson(report),
        text: lines.map(printable).join('\n'),
        exit: affected.length === 0 && unverified.length === 0 ? EXIT.ok : EXIT.refused,
      };
    },
  });
}
