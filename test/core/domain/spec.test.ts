import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type JsonObject, readJson, verifyChain } from '../../../core/canon/index.ts';
import { DOMAIN_ERROR_CODES, REFUSAL_CODES } from '../../../core/domain/errors.ts';
import { type DecisionEvent, EVENT_SCHEMA_VERSION, EVENT_TYPES, type EventType } from '../../../core/domain/events.ts';
import { fold } from '../../../core/domain/evolve.ts';
import { type Stage, statusOf } from '../../../core/domain/state.ts';
import { OUTCOMES } from '../../../core/domain/vocabulary.ts';
import { LEGAL } from './legal-events.ts';
import { given, linked } from './specification.ts';
import { CHAINS } from './world.ts';

const file = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const page = file('docs/spec/events.md');

/** Text below a heading, up to the next one. */
function section(heading: string): string {
  const [, rest] = page.split(`\n${heading}\n`);
  if (rest === undefined) throw new Error(`docs/spec/events.md has no ${heading}`);
  return rest.split(/\n#{2,3} /)[0] ?? '';
}

/** First cells of the tables in a text, without their backticks. */
const rows = (text: string): string[] => [...text.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1] ?? '');

/** Members of each interface of a source, nested ones as `outer.inner`. Interfaces leave no trace at run time. */
function interfacesOf(
  path: string,
): ReadonlyMap<string, { readonly event: string | undefined; readonly members: readonly string[] }> {
  const found = file(path).matchAll(
    /^(?:export )?interface (\w+)(?:<[^>]*>)?(?: extends Draft<'([\w.]+)'>)? \{\n([\s\S]*?)^\}/gm,
  );
  return new Map(
    [...found].map(([, name = '', event, body = '']) => {
      let outer = '';
      const members = [...body.matchAll(/^( +)readonly (\w+)\??:/gm)].map(([, indent = '', member = '']) => {
        if (indent.length > 2) return `${outer}.${member}`;
        outer = member;
        return member;
      });
      return [name, { event, members }];
    }),
  );
}

const events = interfacesOf('core/domain/events.ts');
const statements = interfacesOf('core/domain/statements.ts');

describe('docs/spec/events.md', () => {
  // shows: R1
  it('begins with a whole chain, which is the one that the code makes', () => {
    expect(page.indexOf('```json example=chain')).toBeLessThan(page.indexOf('\n## '));
    const example = /^```json example=chain\n([\s\S]*?)\n```$/m.exec(page)?.[1] ?? '';
    expect(example).toBe(JSON.stringify(linked(CHAINS.closed), null, 2));
    const chain = readJson(new TextEncoder().encode(example)) as JsonObject[];
    expect(verifyChain(chain)).toEqual([]);
    expect(fold(chain as unknown as DecisionEvent[])).toMatchObject({ stage: 'closed', outcome: 'executed' });
  });

  it('has a section for every event type, in the order of the types', () => {
    const typed = [...page.matchAll(/^## `([\w.]+)`$/gm)].map((match) => match[1] ?? '');
    expect([...typed].sort()).toEqual([...EVENT_TYPES].sort());
    expect(typed).toEqual([...EVENT_TYPES]);
  });

  const typed = [...events].flatMap(([name, { event, members }]) =>
    event === undefined ? [] : [{ name, event, members }],
  );

  it('finds the interface of every type in the source', () => {
    expect(typed.map(({ event }) => event).sort()).toEqual([...EVENT_TYPES].sort());
    expect(typed.filter(({ members }) => members.length === 0)).toEqual([]);
  });

  it.each(typed)('names exactly the members of $event', ({ event, members }) => {
    expect(rows(section(`## \`${event}\``))).toEqual(members);
  });

  const parts = [
    ...[...events].filter(([name, { event }]) => event === undefined && !['EventHeader', 'Draft'].includes(name)),
    ...[...statements].filter(([name]) =>
      ['ApprovalCondition', 'Candidate', 'EvidenceReference', 'BarredPerson'].includes(name),
    ),
  ].map(([name, { members }]) => ({ name, members }));

  it('has every part, and no other', () => {
    const shown = [...page.matchAll(/^### `(\w+)`$/gm)].map((match) => match[1] ?? '');
    expect([...shown].sort()).toEqual(parts.map(({ name }) => name).sort());
    for (const name of shown) expect(page).toContain(`[\`${name}\`](#${name.toLowerCase()})`);
  });

  it.each(parts)('names exactly the members of $name', ({ name, members }) => {
    expect(rows(section(`### \`${name}\``))).toEqual(members);
  });

  // shows: R1, R110
  it('names what every event has', () => {
    const header = [...(events.get('EventHeader')?.members ?? []), ...(events.get('Draft')?.members ?? [])];
    expect(rows(section('## Members of every event')).sort()).toEqual(header.sort());
    expect(section('## Members of every event')).toContain(`\`${EVENT_SCHEMA_VERSION}\``);
  });

  it('says of every member what it is, and whose word', () => {
    const cells = [...page.matchAll(/^\| `[\w.]+` \|(.*)\|$/gm)].map((match) =>
      (match[1] ?? '').split(' | ').map((cell) => cell.trim()),
    );
    expect(cells.filter((row) => row.length !== 2 && row.length !== 1)).toEqual([]);
    expect(cells.flat().filter((cell) => cell === '')).toEqual([]);
  });

  it('names every refusal, and no other', () => {
    expect(rows(section('## Refusals')).sort()).toEqual([...REFUSAL_CODES].sort());
  });

  it('names every error, and no other', () => {
    expect(rows(section('## Errors')).sort()).toEqual([...DOMAIN_ERROR_CODES].sort());
  });

  const stages = section('## Stages');

  // shows: R18
  it('names every outcome with its status', () => {
    const table = [...stages.matchAll(/^\| `(\w+)` \| .+ \| `(\w+)` \|$/gm)].map(([, outcome, status]) => [
      outcome,
      status,
    ]);
    const closed = given(CHAINS.closed).state;
    if (closed.stage !== 'closed') throw new Error(closed.stage);
    expect(table).toEqual(OUTCOMES.map((outcome) => [outcome, statusOf({ ...closed, outcome })]));
  });

  it('says in each stage what may follow, and what its status is', () => {
    const words = (text: string): string[] =>
      [...text.matchAll(/`(\w+\.\w+)`/g)]
        .map((match) => match[1] ?? '')
        .filter((word) => EVENT_TYPES.includes(word as EventType));
    const endings = words(/^\*Endings\* are (.*?), which/m.exec(stages)?.[1] ?? '');
    const remarks = words(/\*Remarks\* are (.*?), which/.exec(stages)?.[1] ?? '');
    const told: Record<string, string[]> = {};
    for (const stage of Object.keys(LEGAL) as Stage[]) {
      const [, status, follow = ''] = new RegExp(`^\\| \`${stage}\` \\| (.*?) \\| (.*) \\|$`, 'm').exec(stages) ?? [];
      expect(status).toBe(stage === 'closed' ? 'by the outcome' : `\`${statusOf(given(CHAINS[stage]).state)}\``);
      told[stage] = [
        ...(follow.includes('as in `routed`') ? (told['routed'] ?? []) : []),
        ...words(follow),
        ...(follow.includes('endings') ? endings : []),
        ...(follow.includes('remarks') ? remarks : []),
      ].sort();
    }
    expect(told).toEqual(
      Object.fromEntries(Object.entries(LEGAL).map(([stage, next]) => [stage, Object.keys(next).sort()])),
    );
  });
});
