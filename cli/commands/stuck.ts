import type { StuckDecision } from '../../client/stuck.ts';
import type { Stage } from '../../core/domain/state.ts';
import { command } from '../command.ts';
import { usage } from '../errors.ts';
import { wholeNumber } from '../numbers.ts';
import { printable } from '../printable.ts';
import { withClient } from '../with-client.ts';
import { toJson } from '../to-json.ts';

interface Options {
  readonly olderThan: string;
  readonly stage?: string;
  readonly waitingFor?: string;
  readonly by: string;
  readonly limit: string;
}

const ORDERS = ['age', 'deadline'] as const;
const STAGES: readonly Stage[] = ['requested', 'policy_evaluated', 'risk_evaluated', 'routed', 'authorized', 'cleared'];

export function stuckCommand() {
  return command<Options>({
    name: 'stuck',
    description: 'decisions that wait, longest first, each with its reason and what ends next',
    define: (built) => {
      built.option('--older-than <seconds>', 'in their stage for so long at least', '0');
      built.option('--stage <stage>', STAGES.join(', '));
      built.option(
        '--waiting-for <cause>',
        'approval, clearance, receipt, evaluation, or what fails: ledger, store, …',
      );
      built.option('--by <order>', 'age: longest in its stage first; deadline: what ends soonest first', 'age');
      built.option('--limit <n>', 'entries at most', '20');
    },
    examples: [
      ['stuck --older-than 3600', 'everything that has not moved for an hour'],
      ['stuck --stage cleared --json', 'cleared, and not confirmed yet'],
      ['stuck --waiting-for approval --by deadline', 'whom to remind first'],
    ],
    run: (options, surroundings) => {
      const stage = STAGES.find((known) => known === options.stage);
      if (options.stage !== undefined && stage === undefined) {
        throw usage('there is no such stage', { path: '--stage', expected: STAGES.join(', '), got: options.stage });
      }
      const olderThanS = wholeNumber('--older-than', options.olderThan, 0, 366 * 86_400);
      const limit = wholeNumber('--limit', options.limit, 1, 1000);
      const by = ORDERS.find((known) => known === options.by);
      if (by === undefined)
        throw usage('there is no such order', { path: '--by', expected: ORDERS.join(', '), got: options.by });
      const { waitingFor } = options;
      return withClient(surroundings, async (client) => {
        const found = await client.listStuck({
          olderThanS,
          limit,
          by,
          ...(stage === undefined ? {} : { stage }),
          ...(waitingFor === undefined ? {} : { waitingFor }),
        });
        const lines = found.map(({ decisionId, why, error }) => {
          if (why === null) return `${decisionId} does not answer (${error})`;
          const reason = [
            ...why.failing.map(({ code, detail }) => `${code}: ${detail}`),
            ...why.waiting.map(({ says }) => says),
          ][0];
          const [next] = why.next;
          const refused = why.refused === undefined ? '' : `; a claim was refused: ${why.refused.code}`;
          const ahead = next === undefined ? '' : `; next ${next.at}: ${next.what}`;
          return `${decisionId} ${why.stage} since ${why.since ?? 'its start'}: ${reason ?? 'waits for nothing'}${refused}${ahead}`;
        });
        return {
          json: { stuck: toJson(found) },
          text: [...lines.map(printable), ...(found.some(isOperable) ? [HINT] : [])].join('\n') || 'nothing is stuck',
        };
      });
    },
  });
}

const HINT = 'countersign why DECISION says what operators may do about it';

/** Its policy names people who may act on the waiting. */
function isOperable({ why }: StuckDecision): boolean {
  return why?.waiting.some(({ causes }) => causes.some(({ what }) => what === 'operators')) ?? false;
}
