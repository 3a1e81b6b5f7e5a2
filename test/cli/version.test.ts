import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { VERSION } from '../../cli/version.ts';

// shows: R110
test('the version that the command line tells is that of the package', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(VERSION).toBe(version);
});
