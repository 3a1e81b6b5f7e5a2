import { describe, expect, it } from 'vitest';
import { type Step, toldAppends, TracedDisk } from './power-loss-disk.ts';

const encoded = (text: string): string => Buffer.from(text).toString('base64');
const write = (file: string, text: string): Step => ({ op: 'write', file, data: encoded(text) });
const open = (path: string, file: string, truncated = false): Step => ({ op: 'open', path, file, truncated });
const sync = (file: string): Step => ({ op: 'sync', kind: 'file', file });
const syncFolder: Step = { op: 'sync', kind: 'folder', path: '/d' };

function left(steps: readonly Step[], torn?: (unsynced: Buffer) => Buffer): Record<string, string> {
  const disk = new TracedDisk();
  for (const step of steps) disk.apply(step);
  return Object.fromEntries([...disk.afterPowerLoss('/d', torn)].map(([name, bytes]) => [name, bytes.toString()]));
}

describe('a disk after power loss', () => {
  it('keeps the bytes up to the last sync, and of those after it what it is told', () => {
    const steps = [open('/d/a', '1'), write('1', 'one'), sync('1'), write('1', 'two')];
    expect(left(steps)).toEqual({ a: 'one' });
    expect(left(steps, (unsynced) => unsynced.subarray(0, 1))).toEqual({ a: 'onet' });
    expect(left([...steps, sync('1')])).toEqual({ a: 'onetwo' });
  });

  it('knows no file that was never synced', () => {
    expect(left([open('/d/a', '1'), write('1', 'one')])).toEqual({});
  });

  it('gives a file its new name, and the old one’s bytes up, once the folder is synced', () => {
    const standing = [open('/d/a', '1'), write('1', 'old'), sync('1')];
    const replaced: Step[] = [
      open('/d/temp', '2'),
      write('2', 'new'),
      sync('2'),
      { op: 'rename', old: '/d/temp', new: '/d/a' },
    ];
    expect(left([...standing, ...replaced])).toEqual({ a: 'old', temp: 'new' });
    expect(left([...standing, ...replaced, syncFolder])).toEqual({ a: 'new' });
  });

  it('forgets a removed file once the folder is synced, and takes a reused inode for a new file', () => {
    const steps: Step[] = [
      open('/d/a', '1'),
      write('1', 'one'),
      sync('1'),
      { op: 'unlink', path: '/d/a' },
      open('/d/b', '1'),
      write('1', 'other'),
    ];
    expect(left(steps)).toEqual({ a: 'one' });
    expect(left([...steps, sync('1'), syncFolder])).toEqual({ b: 'other' });
  });

  it('takes a truncated file back to where the sync left it', () => {
    const steps: Step[] = [
      open('/d/a', '1'),
      write('1', 'onetwo'),
      sync('1'),
      { op: 'truncate', file: '1', length: 3 },
    ];
    expect(left(steps)).toEqual({ a: 'onetwo' });
    expect(left([...steps, sync('1')])).toEqual({ a: 'one' });
    expect(left([...steps, write('1', '!'), sync('1')])).toEqual({ a: 'one!' });
  });

  it('does not guess', () => {
    expect(() => left([{ op: 'unknown', call: 'pwrite64' }])).toThrow('pwrite64');
    expect(() => left([{ op: 'rename', old: '/d/x', new: '/d/y' }])).toThrow('never saw');
  });
});

describe('what a server told its clients', () => {
  const call = (name: string, id: string): string => {
    const parts = [name, name === 'EVAL' ? 'return 1' : 'a'.repeat(40), '1', `cs:{${id}}:events`, '0', 'GENESIS'];
    return `*${parts.length}\r\n${parts.map((part) => `$${part.length}\r\n${part}\r\n`).join('')}`;
  };
  const answer = (code: string, detail: string): string =>
    `*2\r\n$${code.length}\r\n${code}\r\n$${detail.length}\r\n${detail}\r\n`;
  const through = (op: 'send' | 'receive', socket: string, text: string): Step => ({ op, socket, data: encoded(text) });

  it('is read from both directions of each socket, however the bytes were cut', () => {
    const two = call('EVALSHA', 'one') + call('EVAL', 'one');
    const steps = [
      through('receive', '7', two.slice(0, 50)),
      through('receive', '8', call('EVALSHA', 'two')),
      through('receive', '7', two.slice(50)),
      through('send', '8', answer('EXISTS', '4')),
      through('send', '7', `-NOSCRIPT No matching script.\r\n${answer('APPENDED', '3').slice(0, 9)}`),
      through('send', '7', answer('APPENDED', '3').slice(9)),
    ];
    expect(toldAppends(steps)).toEqual([{ step: 5, decisionId: 'one', sequence: 3 }]);
  });
});
