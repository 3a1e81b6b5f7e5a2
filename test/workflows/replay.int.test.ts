import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, it } from 'vitest';

/** Decisions that were in flight when this code was older go on under it: every history ever recorded replays. */

const DIRECTORY = fileURLToPath(new URL('../histories', import.meta.url));
const HISTORIES = readdirSync(DIRECTORY).filter((name) => name.endsWith('.json'));

let workflowBundle: WorkflowBundleWithSourceMap;

beforeAll(async () => {
  const workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));
  const payloadConverterPath = fileURLToPath(new URL('../../workflows/payload-converter.ts', import.meta.url));
  workflowBundle = await bundleWorkflowCode({ workflowsPath, payloadConverterPath });
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
