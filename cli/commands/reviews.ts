import { command } from '../command.ts';

export function reviewsCommand() {
  return command<object>({
    name: 'reviews',
    description: 'broken glass whose review is outstanding, the one that is due first on top',
    define: () => undefined,
    examples: [['reviews', 'exit 1 while one is overdue, which keeps the next glass whole; needs the ledger']],
    run: async (_options, { configPath }) => {
      const [{ loadConfig }, { withReviews }, { now }, { toJson }, { EXIT }, { printable }] = await Promise.all([
        import('../config.ts'),
        import('../publish.ts'),
        import('../workplace.ts'),
        import('../to-json.ts'),
        import('../exit-codes.ts'),
        import('../printable.ts'),
      ]);
      const at = now();
      const outstanding = await withReviews(loadConfig(configPath), (reviews) => reviews.outstanding());
      const lines = outstanding.map(({ decisionId, reviewBy }) =>
        reviewBy < at ? `${decisionId} OVERDUE since ${reviewBy}` : `${decisionId} due by ${reviewBy}`,
      );
      return {
        json: { reviews: toJson(outstanding) },
        text: lines.map(printable).join('\n') || 'no review is outstanding',
        exit: outstanding.some(({ reviewBy }) => reviewBy < at) ? EXIT.refused : EXIT.ok,
      };
    },
  });
}
