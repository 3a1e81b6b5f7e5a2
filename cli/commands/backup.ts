import { command } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { printable } from '../printable.ts';
import { toJson } from '../to-json.ts';

interface Options {
  readonly out: string;
}

export function backupCommand() {
  return command<Options>({
    name: 'backup',
    description: 'copy ledger, store and disclosures into a folder, verified, while decisions go on',
    define: (built) => built.requiredOption('--out <folder>', 'a folder that is not there yet'),
    examples: [['backup --out /backup/2026-11-26', 'whole or not at all; keep the digest that it prints elsewhere']],
    run: async ({ out }, surroundings) => {
      const [{ withHoldings }, { backUp }, { now }, { restrictedLines, restrictFor }, { loadConfig }] =
        await Promise.all([
          import('../holdings.ts'),
          import('../../operation/index.ts'),
          import('../workplace.ts'),
          import('../found-damage.ts'),
          import('../config.ts'),
        ]);
      const { manifest, digest } = await withHoldings(surroundings, (holdings) => backUp(holdings, out, now));
      const { decisions, documents, damaged } = manifest;
      const chains = damaged.filter(({ what }) => what === 'chain').map(({ id, code }) => ({ decisionId: id, code }));
      const entered = await restrictFor(loadConfig(surroundings.configPath), chains);
      const lines = [
        ...damaged.map(({ what, id, code }) => `LEFT OUT ${what} ${id}: ${code}`),
        ...restrictedLines(entered),
        `${decisions.length} decisions, ${documents.length} documents`,
        `manifest ${digest}`,
      ];
      return {
        json: {
          manifest: digest,
          decisions: decisions.length,
          documents: documents.length,
          damaged: toJson(damaged),
          restricted: toJson(entered),
        },
        text: lines.map(printable).join('\n'),
        exit: damaged.length === 0 ? EXIT.ok : EXIT.refused,
      };
    },
  });
}
