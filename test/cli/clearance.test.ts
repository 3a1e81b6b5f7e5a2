import { describe, expect, test } from 'vitest';
import { type ClearanceToVerify, verifyOwnClearance } from '../../cli/run/clearance.ts';
import { digestJson } from '../../core/canon/index.ts';
import { readStatement } from '../../documents/index.ts';
import { clearanceBytes } from '../../pack/index.ts';
import { ACTORS, CANDIDATE, digestOf, T } from '../documents/fixtures.ts';
import { MiniatureService, shift, trustBytes } from '../verifier/fixture-pack.ts';

/** What the executor makes of a clearance pack before it runs anything. */

const service = new MiniatureService().open().evaluate().approve().claim();
const pack = service.clearancePack();
const { statement } = readStatement(pack.permit, 'permit');

function own(overrides: Partial<ClearanceToVerify> = {}) {
  return verifyOwnClearance({
    pack: clearanceBytes(pack),
    permit: digestJson(pack.permit),
    trust: trustBytes(),
    trustName: 'trust.json',
    executor: ACTORS.deployer,
    decisionId: service.decisionId,
    at: shift(T.cleared, 5),
    say: () => undefined,
    ...overrides,
  });
}

describe('a clearance pack, by the executor', () => {
  test('that holds gives what may be run, and until when', () => {
    expect(own()).toEqual({
      permit: digestJson(pack.permit),
      claim: statement.claim,
      subject: CANDIDATE.digest,
      target: 'prod-gateway-01',
      notAfter: statement.not_after,
      stop: null,
    });
  });

  test('whose permit has ended, and against which nothing else speaks, is given back for a receipt', () => {
    expect(own({ at: shift(statement.not_after, 60) })).toMatchObject({
      notAfter: statement.not_after,
      claim: statement.claim,
    });
  });

  // shows: R64
  test.each<[string, Partial<ClearanceToVerify>]>([
    ['an executor whose clock is far behind', { at: shift(T.cleared, -3600) }],
    ['another executor', { executor: ACTORS.pipeline }],
    ['another permit than the one that was named', { permit: digestOf('another permit') }],
    ['another decision', { decisionId: '5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d' }],
    [
      "an ended permit that is another executor's as well",
      { at: shift(statement.not_after, 60), executor: ACTORS.pipeline },
    ],
    [
      'a trust file that does not name the permit key',
      { trust: trustBytes((trust) => ({ ...trust, keys: trust.keys.filter(({ use }) => use !== 'permit') })) },
    ],
    ['a trust file that cannot be read', { trust: new Uint8Array() }],
    ['no pack', { pack: new Uint8Array() }],
  ])('clears nothing: %s', (_name, overrides) => {
    expect(() => own(overrides)).toThrow(expect.objectContaining({ code: 'run.clearance' }));
  });

  test('that does not hold is explained, a line a finding', () => {
    const lines: string[] = [];
    expect(() => own({ executor: ACTORS.pipeline, say: (line) => lines.push(line) })).toThrow(/run\.clearance/);
    expect(lines.join('\n')).toMatch(/^error: permit\.differs /);
  });
});
