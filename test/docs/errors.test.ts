import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { RETRYABLE } from '../../activities/failure.ts';
import { exitCodeOf } from '../../cli/exit-codes.ts';
import { type Area, readErrorPage } from '../../cli/explain/error-page.ts';
import { explain } from '../../cli/explain/explain.ts';
import { EVENT_TYPES } from '../../core/domain/events.ts';
import { familyOf, VERIFIER_CODES } from '../../verifier/index.ts';
import { literals, sources, type Union, unions } from './error-codes.ts';

/**
 * docs/errors.md against the unions of codes in the sources. A new code needs its row there, a new union its section;
 * nothing has to be entered here.
 */

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/errors.md'), 'utf8');
const SOURCES = sources();
const UNIONS = await unions(SOURCES);
/** Findings have their meanings on their own page; here they are grouped by family. */
const FAMILIES = new Set<string>(VERIFIER_CODES.map(familyOf));

/** What the page lacks, and what it has too much, each with its area. */
function differences(areas: readonly Area[], code: readonly Union[]): readonly string[] {
  const key = ({ name, file }: { name: string; file: string }): string => `${name} of ${file}`;
  const there = new Map(areas.map((area) => [key(area.union), area.rows.map((row) => row.code)]));
  const wanted = new Map(
    code.map((union) => [key(union), union.name === 'VERIFIER_CODES' ? [...FAMILIES] : union.codes]),
  );
  const lack = [...wanted].flatMap(([union, codes]) => {
    const listed = there.get(union);
    if (listed === undefined) return [`no section for ${union}`];
    return [
      ...codes.filter((each) => !listed.includes(each)).map((each) => `${each} is not in the section of ${union}`),
      ...listed.filter((each) => !codes.includes(each)).map((each) => `${each} is in the section of ${union} alone`),
      ...listed.filter((each, at) => listed.indexOf(each) !== at).map((each) => `${each} stands twice in ${union}`),
    ];
  });
  return [...lack, ...[...there.keys()].filter((union) => !wanted.has(union)).map((union) => `no union ${union}`)];
}

describe('docs/errors.md', () => {
  const areas = readErrorPage(PAGE);

  it('has every code of every union, in the section of its union, and no other', () => {
    expect(differences(areas, UNIONS)).toEqual([]);
  });

  it('would be found to lack a code, to have one that is gone, one in another area, a section too few or too many', () => {
    const without = PAGE.replace(/^\| `store\.too_large`.*\n/m, '');
    expect(differences(readErrorPage(without), UNIONS)).toEqual([
      'store.too_large is not in the section of STORE_ERROR_CODES of store/errors.ts',
    ]);
    const [, row = ''] = /^(\| `store\.too_large`.*\n)/m.exec(PAGE) ?? [];
    expect(differences(readErrorPage(PAGE.replace(row, row + row.replace('too_large', 'gone'))), UNIONS)).toEqual([
      'store.gone is in the section of STORE_ERROR_CODES of store/errors.ts alone',
    ]);
    const [, other = ''] = /^(\| `ledger\.mac`.*\n)/m.exec(PAGE) ?? [];
    expect(differences(readErrorPage(without.replace(other, other + row)), UNIONS)).toEqual([
      'store.too_large is in the section of LEDGER_ERROR_CODES of ledger/errors.ts alone',
      'store.too_large is not in the section of STORE_ERROR_CODES of store/errors.ts',
    ]);
    expect(differences(areas, [...UNIONS, { name: 'NEW_CODES', file: 'new/errors.ts', codes: [] }])).toEqual([
      'no section for NEW_CODES of new/errors.ts',
    ]);
    expect(differences(areas, UNIONS.slice(1))).toEqual([`no union ${UNIONS[0]?.name} of ${UNIONS[0]?.file}`]);
  });

  it('gives the exit code with which a command ends', () => {
    /** Not thrown by a command, but answered by the service or found in a file: a refusal, whatever the code. */
    const answers = ['Policy lint', 'Denials', 'Rejection', 'Stops', 'Refusals', 'Service', 'Findings of the verifier'];
    const wrong = areas
      .flatMap(({ title, rows }) => rows.map((row) => ({ title, ...row })))
      .filter(({ exit }) => exit !== null)
      .filter(({ title, code, exit }) => {
        const thrown = exitCodeOf({ code, expected: '', got: '' });
        return exit !== (answers.includes(title) ? 1 : thrown);
      });
    expect(wrong.map(({ code, exit }) => `${code}: ${exit}`)).toEqual([]);
  });

  it('says "by itself" of exactly what the service tries again', () => {
    const rows = areas.filter(({ title }) => title !== 'Command line').flatMap((area) => area.rows);
    const byItself = rows.filter(({ again }) => again === 'by itself').map(({ code }) => code);
    // Failures without a code of their own are retried as well; a tail that the ledger lost is written again first.
    const more = ['activity.failed', 'activity.timeout', 'pack.head_differs', 'ledger.not_cleared'];
    expect(byItself.sort()).toEqual([...RETRYABLE, ...more].sort());
  });

  it('says something in every cell', () => {
    const empty = areas.flatMap((area) => area.rows).filter(({ means, todo }) => means.length < 8 || todo.length < 7);
    expect(empty).toEqual([]);
  });
});

test('docs/spec/verification.md lists exactly the findings', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/spec/verification.md'), 'utf8');
  const listed = [...page.matchAll(/^\| `([a-z_]+\.[a-z_]+)` \| /gm)].map(([, code = '']) => code);
  expect(new Set(listed)).toEqual(new Set<string>(VERIFIER_CODES));
  expect(listed).toHaveLength(VERIFIER_CODES.length);
});

describe('the sources', () => {
  /** Spelt like codes, and none. */
  const FILE = /\.(json|pem|ts|js|mjs|key|conf|db|log|acl|url|lock|txt|env|md)$/;
  const ACTIONS = ['deploy.change', 'release.rollback', 'model.promote', 'canary.set_active', 'gateway.apply_config'];
  const MEMBERS = [
    ...['evidence.packet', 'evidence.statement', 'policy.digest', 'policy.endorsements', 'roster.digest'],
    ...['roster.endorsements', 'standing.digest', 'standing.endorsements', 'recovery.freezes'],
    ...['export.redactions', 'evaluation.routing'],
  ];
  /** Paths into evidence; names of events in the source's vocabulary. */
  const OF_OTHERS = ['evaluation/highlights.ts', 'pack/mapping.ts'];
  const GRPC_OPTION = /^grpc\./;

  const known = new Set(UNIONS.flatMap(({ codes }) => codes));
  const strangers = (files: ReadonlyMap<string, string>): readonly string[] => {
    const events: readonly string[] = EVENT_TYPES;
    return [...literals(files)]
      .filter(([literal]) => !known.has(literal) && !events.includes(literal))
      .filter(([literal]) => !FILE.test(literal) && !GRPC_OPTION.test(literal))
      .filter(([literal]) => !ACTIONS.includes(literal) && !MEMBERS.includes(literal))
      .filter(([, where]) => !where.every((file) => OF_OTHERS.includes(file)))
      .map(([literal, where]) => `${literal} in ${where.join(', ')}`);
  };

  it('use no code that is in no union', () => {
    expect(strangers(SOURCES)).toEqual([]);
  });

  it('would be found to use one', () => {
    const planted = new Map([...SOURCES, ['store/x.ts', "throw failed('store.on_fire')"]]);
    expect(strangers(planted)).toEqual(['store.on_fire in store/x.ts']);
  });

  it('throw no error without a union', () => {
    const bare = [...SOURCES].filter(([, text]) => text.includes('new CountersignError('));
    expect(bare.map(([file]) => file)).toEqual([]);
  });

  it('have a use for every code', () => {
    const used = literals(SOURCES);
    const idle = [...known].filter((code) => {
      const definitions = UNIONS.filter(({ name, codes }) => name !== 'VERIFIER_CODES' && codes.includes(code)).length;
      return (used.get(code)?.length ?? 0) <= definitions;
    });
    // Put together from parts, or no literal with a point.
    expect(idle).toEqual(['internal', 'pack.statement_missing', 'pack.document_missing', 'pack.linked_missing']);
  });
});

describe('an explanation', () => {
  it('is there for every code of every union', () => {
    const codes = UNIONS.flatMap((union) => union.codes);
    expect(codes.filter((code) => explain(code).length === 0)).toEqual([]);
  });

  it('has one entry an area', () => {
    expect(explain('evidence.subject').map(({ area, exit }) => [area, exit])).toEqual([
      ['Documents', 2],
      ['Denials', 1],
    ]);
    expect(explain('temporal.unreachable').map(({ area }) => area)).toEqual(['Client', 'Worker']);
  });

  it('of a finding says what the finding means, and what to do about its family', () => {
    expect(explain('authority.floor')).toEqual([
      expect.objectContaining({
        code: 'authority.floor',
        means: 'fewer people approved than the floor demands, whatever the policy says',
        todo: expect.stringContaining('rely on nothing in it'),
        exit: 1,
      }),
    ]);
  });

  it('is not made up', () => {
    expect(explain('store.on_fire')).toEqual([]);
  });
});
