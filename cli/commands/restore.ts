import { command } from '../command.ts';
import { usage } from '../errors.ts';
import { printable } from '../printable.ts';
import { toJson } from '../to-json.ts';

interface Options {
  readonly manifest?: string;
  readonly withoutDamaged?: boolean;
}

export function restoreCommand() {
  return command<Options, [folder: string]>({
    name: 'restore',
    description: 'bring a backup back into an empty ledger and the store; stop the workers first',
    define: (built) => {
      built.argument('<folder>', 'a backup');
      built.option('--manifest <digest>', 'the digest that was printed when the backup was made');
      built.option(
        '--without-damaged',
        'go without the chains that the backup names as damaged; their decisions stay closed to everything',
      );
    },
    examples: [
      ['restore /backup/2026-11-26 --manifest sha256:…', 'verifies all of it, writes, and reads everything back'],
      ['recover', 'then start a worker, and let the decisions go on'],
    ],
    run: async ({ manifest: given, withoutDamaged }, surroundings, folder) => {
      const [{ withHoldings }, { restore }, { isDigest }] = await Promise.all([
        import('../holdings.ts'),
        import('../../operation/index.ts'),
        import('../../core/canon/index.ts'),
      ]);
      if (given !== undefined && !isDigest(given)) {
        throw usage('this is no digest', { path: '--manifest', expected: 'sha256: and 64 hex digits', got: given });
      }
      const { decisions, documents, damaged, began_at } = await withHoldings(surroundings, (holdings) =>
        restore(holdings, folder, { manifest: given, withoutDamaged }),
      );
      return {
        json: {
          began_at,
          decisions: decisions.length,
          documents: documents.length,
          damaged: toJson(damaged),
        },
        text: [
          ...damaged.map(({ what, id, code }) => `NOT RESTORED ${what} ${id}: ${code}`),
          `${decisions.length} decisions, ${documents.length} documents, as of ${began_at}`,
          'what was acknowledged later is not in it; start a worker, then: countersign recover',
        ]
          .map(printable)
          .join('\n'),
      };
    },
  });
}
