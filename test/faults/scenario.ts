import { check, type Finding } from './checker.ts';
import { gather, type KeptPack, keepPack } from './facts.ts';
import { keepHistories } from './histories.ts';
import { checkProbes, type Latency, latencyOf, Prober } from './prober.ts';
import { type Random, seededRandom } from './random.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { openSite, type Site, type SiteOptions } from './site.ts';
import { Journey, planOf, type Road } from './workload.ts';

/** What a scenario has at hand, between an intact house and the checker. */
export interface Stage {
  readonly site: Site;
  readonly recorder: Recorder;
  readonly random: Random;
  readonly prober: Prober;
  /** A decision on its way, not yet begun; the checker will look at it, and the prober asks after it. */
  readonly journey: (key: string, road?: Road) => Journey;
  /** Its pack as it is now: its bytes must be the same at the end, and still verify. */
  readonly keep: (journey: Journey) => Promise<void>;
  /** For what only this scenario demands. */
  readonly find: (code: string, chain: string, detail: string) => void;
  /** A figure for the report. */
  readonly measure: (name: string, value: number | string) => void;
}

export interface Scenario {
  readonly name: string;
  readonly site: SiteOptions;
  /** Failures that `why` may truly name while the fault lasts. */
  readonly failing?: readonly string[];
  readonly play: (stage: Stage) => Promise<void>;
}

export interface ScenarioReport {
  readonly name: string;
  readonly seed: number;
  readonly findings: readonly Finding<string>[];
  readonly operations: Readonly<Record<'ok' | 'fail' | 'unknown', number>>;
  readonly decisions: number;
  readonly why: Latency;
  readonly measured: Readonly<Record<string, number | string>>;
  readonly seconds: number;
  /** History of the operations. */
  readonly file: string;
}

/** An intact house with one decision already packed, the scenario, and the checker. */
export async function run(scenario: Scenario, seed: number): Promise<ScenarioReport> {
  const began = performance.now();
  const random = seededRandom(seed);
  const recorder = createRecorder({ name: scenario.name, seed });
  const site = await openSite(scenario.site);
  const prober = new Prober(site.house);
  const journeys: Journey[] = [];
  const kept: KeptPack[] = [];
  const findings: Finding<string>[] = [];
  const measured: Record<string, number | string> = {};
  const stage: Stage = {
    site,
    recorder,
    random,
    prober,
    journey(key, road) {
      const journey = new Journey(site.house, recorder, planOf(random, key, road));
      journeys.push(journey);
      prober.watch(journey.decisionId);
      return journey;
    },
    async keep({ decisionId }) {
      kept.push(await keepPack(site.house, decisionId));
    },
    find: (code, chain, detail) => findings.push({ code, chain, detail }),
    measure: (name, value) => {
      measured[name] = value;
    },
  };
  try {
    await playAfterOne(scenario, stage).catch((error: unknown) => stage.find('scenario.failed', '', describe(error)));
    await prober.stop();
    const decisions = journeys.map(({ decisionId }) => decisionId);
    const facts = await gather(site.house, recorder, decisions, kept);
    const chains = new Map(facts.decisions.map(({ decision, events }) => [decision, events]));
    findings.push(...check(facts), ...checkProbes(prober.probes, chains, scenario.failing));
    for (const found of findings) recorder.note('finding', { ...found });
    const wrong = findings.map(({ chain }) => chain).filter((chain) => decisions.includes(chain));
    await keepHistories(site.temporal.address, wrong, recorder.file);
    const count = (outcome: string) => recorder.operations.filter((operation) => operation.outcome === outcome).length;
    return {
      name: scenario.name,
      seed,
      findings,
      operations: { ok: count('ok'), fail: count('fail'), unknown: count('unknown') },
      decisions: decisions.length,
      why: latencyOf(prober.probes),
      measured,
      seconds: Math.round((performance.now() - began) / 1000),
      file: recorder.file,
    };
  } finally {
    await prober.stop();
    await site.stop();
  }
}

/** One decision is packed before anything breaks. */
async function playAfterOne(scenario: Scenario, stage: Stage): Promise<void> {
  const before = stage.journey('before-the-fault', 'executed');
  await before.travel();
  await stage.keep(before);
  await scenario.play(stage);
}

/** A step that could not be taken at all: what came of the decisions is still looked at. */
function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
