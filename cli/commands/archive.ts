import { command } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { wholeNumber } from '../numbers.ts';
import { printable } from '../printable.ts';
import { toJson } from '../to-json.ts';

interface Options {
  readonly olderThan: string;
  readonly dryRun?: boolean;
}

export function archiveCommand() {
  return command<Options>({
    name: 'archive',
    description: 'move chains of closed, sealed decisions out of memory, into the store',
    define: (built) => {
      built.requiredOption('--older-than <seconds>', 'closed for so long at least');
      built.option('--dry-run', 'only say what would be archived');
    },
    examples: [
      ['archive --older-than 604800 --dry-run', 'what has been closed for a week'],
      ['archive --older-than 604800', 'needs COUNTERSIGN_ARCHIVIST_URL; safe to repeat, and to stop anywhere'],
    ],
    run: async ({ olderThan, dryRun = false }, surroundings) => {
      const [
        { withHoldings },
        { archive },
        { createRedisArchivist, readSealingKeys },
        { restrictedLines, restrictFor },
        { loadConfig },
      ] = await Promise.all([
        import('../holdings.ts'),
        import('../../operation/index.ts'),
        import('../../ledger/index.ts'),
        import('../found-damage.ts'),
        import('../config.ts'),
      ]);
      const before = Date.now() - wholeNumber('--older-than', olderThan, 0, 100 * 366 * 86_400) * 1000;
      const { walked, standing, decisions } = await withHoldings(surroundings, async (holdings, config) => {
        const archivist = dryRun
          ? undefined
          : createRedisArchivist({ url: config.archivistUrl(), macKeys: readSealingKeys(config.serviceKeys) });
        try {
          return await archive(holdings, { before, archivist });
        } finally {
          await archivist?.close();
        }
      });
      const damaged = decisions.filter(({ did }) => did === 'damaged');
      const entered = await restrictFor(
        loadConfig(surroundings.configPath),
        damaged.flatMap(({ decisionId, code }) => (code === null ? [] : [{ decisionId, code }])),
      );
      const done = decisions.length - damaged.length;
      const lines = [
        ...damaged.map(({ decisionId, code }) => `LEFT ${decisionId}: ${code}`),
        ...restrictedLines(entered),
        `${done} ${dryRun ? 'would be archived' : 'archived'}, ${standing} were before, of ${walked} in the ledger`,
      ];
      return {
        json: { walked, standing, decisions: toJson(decisions), restricted: toJson(entered) },
        text: lines.map(printable).join('\n'),
        exit: damaged.length === 0 ? EXIT.ok : EXIT.refused,
      };
    },
  });
}
