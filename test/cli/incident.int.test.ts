import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestBytes } from '../../core/canon/index.ts';
import { fill } from './measure/folders.ts';
import { makeTeam, type Team } from './team.ts';

/** An incident is captured and checked by processes, without any server (R109). */

let team: Team;
beforeAll(async () => {
  team = await makeTeam();
  fill(team.at('gateway'), { 'model.bin': 'weights', 'bin/serve': { program: '#!/bin/sh\n' } });
  writeFileSync(team.at('gateway.log'), 'line\n');
}, 30_000);
afterAll(() => team.remove());

const ITEMS = ['--package', 'gateway', '--log', 'gateway.log'];
const capture = (out: string, items: readonly string[] = ITEMS) =>
  team.run(['incident', 'capture', '--incident', 'INC-1', '--as', 'ruth', ...items, '--out', out, '--json']);
const check = (path: string, ...items: readonly string[]) => team.run(['incident', 'check', path, ...items]);

describe('incident', () => {
  // shows: R109
  test('captures, and finds later what differs', async () => {
    const done = await capture('INC-1.json');
    expect(done.code).toBe(0);
    const { manifest } = JSON.parse(done.stdout) as { manifest: string };
    expect(manifest).toBe(digestBytes(readFileSync(team.at('INC-1.json'))));
    const same = await check('INC-1.json', 'gateway', 'gateway.log');
    expect(same).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing differs from what was captured') });
    expect(same.stdout).toContain('signature holds: ruth');

    writeFileSync(team.at('copy.log'), 'line\nanother\n');
    const other = await check('INC-1.json', 'gateway', 'gateway.log=copy.log');
    expect(other).toMatchObject({ code: 1, stdout: expect.stringMatching(/^differs {3}gateway\.log \.: content; /m) });
    expect(await check('INC-1.json', 'gateway')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^differs {3}gateway\.log \.: missing; /m),
    });
    expect(await check('INC-1.json', 'gateway', 'x=gateway.log')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^cli\.usage: /),
    });
  });

  test('overwrites nothing, and writes nothing into what it captures', async () => {
    const before = readFileSync(team.at('INC-1.json'));
    expect(await capture('INC-1.json')).toMatchObject({ code: 2, stderr: expect.stringMatching(/^file\.exists: /) });
    expect(readFileSync(team.at('INC-1.json'))).toEqual(before);
    expect(await capture(join('gateway', 'x.json'))).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^incident\.inside: /),
    });
  });

  test('says that a changed manifest is signed by nobody', async () => {
    const text = readFileSync(team.at('INC-1.json'), 'utf8');
    writeFileSync(team.at('forged.json'), text.replace('"size":5', '"size":6'));
    writeFileSync(team.at('forged.signature.json'), readFileSync(team.at('INC-1.signature.json')));
    expect(await check('forged.json', 'gateway', 'gateway.log')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('signature does NOT hold'),
    });
  });

  test('names what it could not capture, writes the rest, and ends with 1', async () => {
    const path = process.getuid?.() === 0 ? '/proc/self/mem' : team.at('service-keys/mac.key');
    const done = await team.run([
      ...['incident', 'capture', '--incident', 'INC-1', '--as', 'ruth', '--file', `x=${path}`, '--log', 'gateway.log'],
      ...['--out', 'INC-2.json'],
    ]);
    if (process.getuid?.() !== 0) return expect(done.code).toBe(0);
    expect(done).toMatchObject({ code: 1, stdout: expect.stringMatching(/^NOT CAPTURED x \.: unreadable \(E/m) });
    expect(readFileSync(team.at('INC-2.json'), 'utf8')).toContain('"reason":"E');
    return undefined;
  });
});
