import { command } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { printable } from '../printable.ts';
import { withClient } from '../with-client.ts';
import { toJson } from '../to-json.ts';

interface Options {
  readonly dryRun?: boolean;
}

const SAYS = {
  runs: 'has its workflow',
  started: 'was started again',
  to_start: 'has no workflow, and would be started',
  ahead: 'has ended in Temporal, and not in the ledger: nothing was started',
  damaged: 'cannot be taken up',
  to_record: 'is sealed, and what it let out stands in no history',
  recorded: 'is sealed; what it let out stands in its history now',
} as const;

export function recoverCommand() {
  return command<Options>({
    name: 'recover',
    description: 'start decisions again that the ledger holds and Temporal lost',
    define: (built) => built.option('--dry-run', 'only say what would be started'),
    examples: [
      ['recover --dry-run', 'what Temporal does not have'],
      ['recover', 'after Temporal, or ledger and store, were restored; safe to repeat'],
    ],
    run: async ({ dryRun = false }, surroundings) => {
      const [{ withStored }, { recoverAll }, { restrictedLines, restrictFor }] = await Promise.all([
        import('../publish.ts'),
        import('../recovery.ts'),
        import('../found-damage.ts'),
      ]);
      return withClient(surroundings, (client, config) =>
        withStored(config, async (stored) => {
          const { walked, decisions } = await recoverAll(stored, client, { start: !dryRun });
          const wrong = decisions.filter(({ found }) => found === 'ahead' || found === 'damaged');
          const damaged = decisions.flatMap(({ decisionId, found, code }) =>
            found === 'damaged' && code !== null ? [{ decisionId, code }] : [],
          );
          const entered = await restrictFor(config, damaged);
          const lines = decisions.map(
            ({ decisionId, found, code }) => `${decisionId} ${SAYS[found]}${code === null ? '' : ` (${code})`}`,
          );
          const count = `${walked} decisions in the ledger, ${decisions.length} of them unfinished`;
          return {
            json: { walked, decisions: toJson(decisions), restricted: toJson(entered) },
            text: [...lines, ...restrictedLines(entered)].map(printable).concat(count).join('\n'),
            exit: wrong.length === 0 ? EXIT.ok : EXIT.refused,
          };
        }),
      );
    },
  });
}
