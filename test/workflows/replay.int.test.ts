import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import { workflowBundle as bundlePath } from '../support/running-house.ts';

/** Decisions that were in flight when this code was older go on under it: every history ever recorded replays. */

const DIRECTORY = fileURLToPath(new URL('../histories', import.meta.url));
const HISTORIES = readdirSync(DIRECTORY).filter((name) => name.endsWith('.json'));

let workflowBundle: { readonly codePath: string };

beforeAll(async () => {
  workflowBundle = { codePath: await bundlePath() };
});

interface Payload {
  data: string;
}

interface History {
  events: {
    markerRecordedEventAttributes?: {
      details: { data: { payloads: Payload[] } } & Record<string, { payloads: Payload[] }>;
    };
  }[];
}

function read(name: string): History {
  return JSON.parse(readFileSync(`${DIRECTORY}/${name}`, 'utf8')) as History;
}

describe('recorded histories', () => {
  it('are there', () => {
    expect(HISTORIES.length).toBeGreaterThanOrEqual(12);
  });

  it.each(HISTORIES)('%s replays', async (name) => {
    await expect(Worker.runReplayHistory({ workflowBundle }, read(name))).resolves.toBeUndefined();
  });

  /** Modules are loaded once: what one decision left in them would meet the next. */
  it.each([
    ['one after the other', HISTORIES],
    ['and the other way round', HISTORIES.toReversed()],
  ])('replay in one sandbox, %s', async (_order, names) => {
    const histories = names.map((name) => ({ workflowId: name, history: read(name) }));
    const failed: unknown[] = [];
    let replayed = 0;
    for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories)) {
      replayed += 1;
      if (error !== undefined) failed.push([workflowId, error.message]);
    }
    expect(failed).toEqual([]);
    expect(replayed).toBe(names.length);
  });

  it.each([
    ['2026-11-27b-executed.json', ['2026-11-27-all-before']],
    [
      '2026-11-27b-begun-before.json',
      ['2026-11-26-one-call-a-step', '2026-11-26-shown-in-memo', '2026-11-27-all-before'],
    ],
  ])('%s has the one marker once it is live under this code', (name, patches) => {
    const markers = read(name).events.flatMap(
      (event) => event.markerRecordedEventAttributes?.details['patch-data']?.payloads ?? [],
    );
    expect(markers.map(({ data }) => (JSON.parse(atob(data)) as { id: string }).id)).toEqual(patches);
  });

  /** As though a newer worker had sealed, and an older one carried on. */
  it.each(['2026-11-26f-executed.json', '2026-11-26f-rolled-back.json'])(
    '%s replays where whoever sealed had recorded the release as well',
    async (name) => {
      const history = read(name);
      const payloads = history.events.flatMap((event) =>
        Object.values(event.markerRecordedEventAttributes?.details ?? {}).flatMap((each) => each.payloads),
      );
      const sealed = payloads.filter(({ data }) => Buffer.from(data, 'base64').toString().startsWith('{"pack":"'));
      expect(sealed).toHaveLength(1);
      for (const payload of sealed) {
        const { pack } = JSON.parse(Buffer.from(payload.data, 'base64').toString()) as { pack: string };
        payload.data = Buffer.from(JSON.stringify({ pack, recorded: true })).toString('base64');
      }
      await expect(Worker.runReplayHistory({ workflowBundle }, history)).resolves.toBeUndefined();
    },
  );

  it('do not replay where the workflow did something else', async () => {
    const history = read(HISTORIES.find((name) => name.endsWith('-executed.json')) ?? '');
    const [payload] = history.events.flatMap(
      (event) => event.markerRecordedEventAttributes?.details.data.payloads ?? [],
    );
    if (payload === undefined) throw new Error('the history has no marker');
    // As though an older workflow had called another activity where this one reads the request.
    const marker = Buffer.from(payload.data, 'base64').toString('utf8');
    const changed = marker.replace('"activity_type":"admitRequest"', '"activity_type":"seizeRequest"');
    expect(changed).not.toBe(marker);
    payload.data = Buffer.from(changed).toString('base64');
    await expect(Worker.runReplayHistory({ workflowBundle }, history)).rejects.toThrow(DeterminismViolationError);
  });
});
