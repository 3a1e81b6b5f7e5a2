import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockRun, type RunState, runStates } from '../../cli/run/state-file.ts';
import { signClaim } from '../../client/statements.ts';
import { digestJson, privateKeyFromSeed } from '../../core/canon/index.ts';

const DECISION = '5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d';
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-run-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function begun(): RunState {
  const by = { actorId: 'deployer', key: privateKeyFromSeed(new Uint8Array(32).fill(9)) };
  const surroundings = {
    origin: 'o',
    tenant: 't',
    now: () => '2026-02-24T20:17:00.000Z',
    random: (bytes: number) => new Uint8Array(bytes),
  };
  const { envelope } = signClaim(
    by,
    { decisionId: DECISION, basis: digestJson('basis'), target: 'prod' },
    surroundings,
  );
  return {
    decisionId: DECISION,
    command: digestJson(['ls']),
    claim: envelope,
    started: null,
    receipt: null,
    result: null,
    acknowledged: false,
  };
}

describe('the state of a run', () => {
  test('comes back as it was written, readable by its owner alone, with nothing left beside it', () => {
    const states = runStates(folder, DECISION);
    expect(states.load()).toBeNull();
    const started = {
      at: '2026-02-24T20:18:00.000Z',
      permit: digestJson('p'),
      subject: digestJson('s'),
      target: 'prod',
      tool: 'apply',
    };
    states.save(begun());
    states.save({ ...begun(), started });
    expect(states.load()).toEqual({ ...begun(), started });
    expect(statSync(join(folder, `${DECISION}.json`)).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual([`${DECISION}.json`]);
    states.forget();
    expect(states.load()).toBeNull();
  });

  test.each([
    ['not JSON', () => 'claimed'],
    ['another shape', () => '{"_type":"application/vnd.countersign.run-state.v1+json"}'],
    ['a claim that is none', (text: string) => text.replace(/"payloadType":"[^"]*"/, '"payloadType":"text/plain"')],
  ])('that was changed by hand is not guessed at: %s', (_name, change) => {
    const states = runStates(folder, DECISION);
    states.save(begun());
    const path = join(folder, `${DECISION}.json`);
    writeFileSync(path, change(readFileSync(path, 'utf8')));
    expect(() => states.load()).toThrow(expect.objectContaining({ code: 'run.state' }));
  });
});

describe('the lock of a run', () => {
  test('keeps a second run out until the first is done', () => {
    const lock = lockRun(folder, DECISION);
    expect(() => lockRun(folder, DECISION)).toThrow(expect.objectContaining({ code: 'run.in_progress' }));
    lock.release();
    lockRun(folder, DECISION).release();
  });

  test('of a process that is gone is taken over', () => {
    // The highest process id that Linux gives is 2^22.
    writeFileSync(join(folder, `${DECISION}.lock`), '99999999\n');
    lockRun(folder, DECISION).release();
    expect(readdirSync(folder)).toEqual([]);
  });
});
