import { beforeEach, describe, expect, it, vi } from 'vitest';

/** The workflow's API as far as turns go. The real one stands in `crowd.int.test.ts` and `messages-at-full-scale`. */
const marker = { stands: true };
vi.mock('@temporalio/workflow', () => ({ patched: () => marker.stands }));
const { Turns } = await import('../../workflows/turns.ts');

beforeEach(() => {
  marker.stands = true;
});

/** A call that ends when it is told to, and says when it begins. */
function call(name: string, said: string[]): { readonly run: () => Promise<string>; readonly end: () => void } {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const run = async (): Promise<string> => {
    said.push(`${name} begins`);
    await ended;
    said.push(`${name} ends`);
    return name;
  };
  return { run, end: () => end() };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('turns', () => {
  it('begin at once where nobody is at theirs, in the very same turn of the event loop', () => {
    const said: string[] = [];
    void new Turns().take(call('first', said).run);
    expect(said).toEqual(['first begins']);
  });

  it('come in their order, each when the one before has ended, whatever would end first', async () => {
    const said: string[] = [];
    const turns = new Turns();
    const calls = ['first', 'second', 'third'].map((name) => call(name, said));
    const results = calls.map(({ run }) => turns.take(run));
    calls[2]?.end();
    calls[1]?.end();
    await settle();
    expect(said).toEqual(['first begins']);
    calls[0]?.end();
    expect(await Promise.all(results)).toEqual(['first', 'second', 'third']);
    expect(said).toEqual(['first', 'second', 'third'].flatMap((name) => [`${name} begins`, `${name} ends`]));
  });

  it('go on after one that failed, and nobody slips in before who waits', async () => {
    const said: string[] = [];
    const turns = new Turns();
    const failing = turns.take(() => Promise.reject(new Error('away')));
    const waiting = call('waiting', said);
    const late = call('late', said);
    const waited = turns.take(waiting.run);
    await expect(failing).rejects.toThrow('away');
    const came = turns.take(late.run);
    await settle();
    expect(said).toEqual(['waiting begins']);
    waiting.end();
    late.end();
    expect(await Promise.all([waited, came])).toEqual(['waiting', 'late']);
  });

  it('are none in a history that began without them', () => {
    marker.stands = false;
    const said: string[] = [];
    const turns = new Turns();
    void turns.take(call('first', said).run);
    void turns.take(call('second', said).run);
    expect(said).toEqual(['first begins', 'second begins']);
  });
});
