import { Client, Connection } from '@temporalio/client';
import { SIGNALS, workflowIdOf } from '../../../core/contracts/names.ts';
import { PEOPLE } from '../../support/running-house.ts';
import { outcomeOfError } from '../outcome.ts';
import { patiently } from '../patience.ts';
import type { Scenario, Stage } from '../scenario.ts';
import { EXECUTIVES, type Site } from '../site.ts';
import type { Journey } from '../workload.ts';

interface Crowding {
  readonly name: string;
  /** Further than the server lets one run go, unless the decision goes on in a fresh one. */
  readonly updates: number;
  readonly signals: number;
  readonly dynamicConfig: Readonly<Record<string, string>>;
}

/** More than the server takes at once (10 unless it is set otherwise). */
const AT_ONCE = 15;
const SIGNALS_AT_ONCE = 50;

/**
 * Duplicates, too early, too late, reordered, by two ways at once, and more of them than a run may have: each gets a
 * clear answer, the decision goes on in fresh runs in time, and ends as if nobody had crowded it.
 */
function crowding({ name, updates, signals, dynamicConfig }: Crowding): Scenario {
  return {
    name,
    site: { workers: 1, dynamicConfig, callTimeoutMs: 30_000 },
    async play(stage) {
      const { site, random, journey, find, measure } = stage;
      const crowds = [journey('crowd-1', 'crowded'), journey('crowd-2', 'crowded')].map((one) => one.travel());
      const flooded = journey('flooded', 'executed');
      await flooded.open();
      const people = [PEOPLE.operator, PEOPLE.creator, PEOPLE.modelOwner, PEOPLE.releaseOwner, ...EXECUTIVES.slice(2)];
      const each = Math.ceil(updates / people.length);
      // None of these may approve (the last two do, and again and again), so that the decision stays where it is.
      const byPerson = await Promise.all(people.slice(0, 4).map((person) => flooded.approvals(person, each)));
      const statements = random.shuffle(
        byPerson.flatMap((signed, i) => signed.map((one) => [people[i] ?? '', one] as const)),
      );
      for (let sent = 0; sent < updates; sent += AT_ONCE) {
        const wave = statements.slice(sent, sent + AT_ONCE);
        await Promise.all(wave.map(([person, one]) => flooded.submit('approve', person, one)));
      }
      measure('signals refused', await floodWithSignals(stage, flooded, signals));
      await flooded.decide();
      await flooded.end();
      await Promise.all(crowds);
      const { runs, longest } = await runsOf(site, flooded.decisionId);
      measure('Updates sent', updates);
      measure('signals sent', signals);
      measure('runs', runs);
      measure('longest history', longest);
      if (runs < 2) find('run.not_continued', flooded.decisionId, `${runs} run took all of it`);
    },
  };
}

/** What is no statement at all, as fast as the server takes it; gives how many it refused, each with its reason. */
async function floodWithSignals({ site, find }: Stage, { decisionId }: Journey, count: number): Promise<number> {
  let refused = 0;
  await withTemporal(site, async (temporal) => {
    const handle = temporal.workflow.getHandle(workflowIdOf(decisionId));
    const send = async (index: number): Promise<void> => {
      try {
        await temporal.withDeadline(Date.now() + 5_000, () => handle.signal(SIGNALS.submit, { nobody: index }));
      } catch (error) {
        refused += 1;
        const said = String(error instanceof Error ? (error.cause ?? error) : error);
        if (!/signal|exceeded|exhausted|deadline/iu.test(said)) find('limit.unclear', decisionId, said.slice(0, 200));
      }
    };
    for (let sent = 0; sent < count; sent += SIGNALS_AT_ONCE) {
      await Promise.all(Array.from({ length: Math.min(SIGNALS_AT_ONCE, count - sent) }, (_, i) => send(sent + i)));
    }
  });
  // Who signs still gets through, and an approval by signal is no other.
  const code = await site.house.client.why(decisionId).then(
    () => null,
    (error: unknown) => outcomeOfError(error).code,
  );
  if (code !== null) find('limit.unclear', decisionId, `why says ${code} in the flood`);
  return refused;
}

async function runsOf(site: Site, decisionId: string): Promise<{ runs: number; longest: number }> {
  return withTemporal(site, async (temporal) => {
    const lengths: number[] = [];
    await patiently(async () => {
      lengths.length = 0;
      for await (const run of temporal.workflow.list({ query: `WorkflowId = "${workflowIdOf(decisionId)}"` })) {
        lengths.push(run.historyLength);
      }
      if (lengths.length === 0) throw new Error('visibility lags');
    });
    return { runs: lengths.length, longest: Math.max(...lengths) };
  });
}

async function withTemporal<T>({ temporal }: Site, work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: temporal.address });
  try {
    return await work(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

/** Ten Updates in flight as everywhere; fresh runs and the limit of signals come sooner, so that it takes seconds. */
export const messages = crowding({
  name: 'messages',
  updates: 45,
  signals: 150,
  dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': '120', 'history.maximumSignalsPerExecution': '120' },
});

/** The limits as they are: 2,000 Updates and 10,000 signals a run. Minutes, so by hand. */
export const messagesAtFullScale = crowding({
  name: 'messages-at-full-scale',
  updates: 2_100,
  signals: 10_500,
  dynamicConfig: {},
});
