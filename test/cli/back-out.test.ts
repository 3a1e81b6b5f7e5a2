import { describe, expect, it } from 'vitest';
import { backOut, type BackoutPorts, type BackoutRequest } from '../../cli/backout/back-out.ts';
import { readRecord, writeRecord } from '../../cli/backout/backout-record.ts';
import { signBackout, type SignedStatement } from '../../client/statements.ts';
import { digestJson, parseDigest } from '../../core/canon/index.ts';
import { readStatement } from '../../documents/statements.ts';
import { clearanceBytes } from '../../pack/index.ts';
import { verifyBackout } from '../../verifier/index.ts';
import { ACTORS, digestOf, keyOfActor, ORIGIN, T, TENANT } from '../documents/fixtures.ts';
import { CHAMPION } from '../verifier/fixture-addendum.ts';
import { executed, filesOf, MiniatureService, shift, trustBytes } from '../verifier/fixture-pack.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What an executor does without the service: in this order, and nothing of it twice. */

const service = executed();
const { bundle } = filesOf(service);
const NOW = shift(T.finished, 3600);

interface Watched {
  readonly did: string[];
  readonly kept: SignedStatement[];
}

function ports(watched: Watched, changes: Partial<BackoutPorts> = {}): BackoutPorts {
  const { did, kept } = watched;
  const by = { actorId: ACTORS.deployer, key: keyOfActor(ACTORS.deployer) };
  const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
  return {
    measure: async () => (did.push('measure'), parseDigest(CHAMPION.digest)),
    sign: (content) => signBackout(by, content, { origin: ORIGIN, tenant: TENANT, random }),
    verify: (statement, at) => (
      did.push('verify'), verifyBackout({ pack: bundle, statement, trust: trustBytes(), at })
    ),
    keep: (statement) => {
      did.push('keep');
      kept.push(statement);
    },
    forget: () => did.push('forget'),
    execute: async () => (did.push('execute'), { started: true, exitCode: 0 }),
    now: () => NOW,
    say: () => undefined,
    ...changes,
  };
}

const request: BackoutRequest = {
  pack: bundle,
  candidate: { name: CHAMPION.name, version: CHAMPION.version },
  tool: 'apply',
  command: digestJson(['apply']),
  reason: '5xx since 2.4.0',
};

const watching = (): Watched => ({ did: [], kept: [] });
const sworn = ({ kept }: Watched) => kept.map(({ envelope }) => readStatement(envelope, 'backout').statement);

describe('backing out', () => {
  it('measures, verifies, keeps that it began, runs, and keeps how it ended', async () => {
    const watched = watching();
    const outcome = await backOut(ports(watched), request);
    expect(watched.did).toEqual(['measure', 'verify', 'keep', 'execute', 'keep']);
    expect(sworn(watched)).toMatchObject([
      { result: 'unknown', exit_code: null, candidate: CHAMPION, target: 'prod-gateway-01' },
      { result: 'success', exit_code: 0, candidate: CHAMPION, started_at: NOW },
    ]);
    expect(outcome).toMatchObject({
      decisionId: service.decisionId,
      result: 'success',
      statement: watched.kept[1]?.digest,
    });
  });

  it('names the sealed pack that it acted on, and of a clearance pack its clearance', async () => {
    const [sealed, cleared] = [watching(), watching()];
    await backOut(ports(sealed), request);
    const open = new MiniatureService().open().evaluate().approve().claim();
    const pack = clearanceBytes(open.clearancePack());
    await backOut(
      ports(cleared, { verify: (statement, at) => verifyBackout({ pack, statement, trust: trustBytes(), at }) }),
      { ...request, pack },
    );
    expect(sworn(sealed)[0]).toHaveProperty('pack');
    expect(sworn(cleared)[0]).not.toHaveProperty('pack');
    expect(sworn(cleared)[0]).toMatchObject({ cleared: open.clearance.hash, decision_id: open.decisionId });
  });

  it.each<[string, Partial<BackoutPorts>, Partial<BackoutRequest>]>([
    ['to another digest', { measure: async () => parseDigest(digestOf('older')) }, {}],
    ['on what is no pack', {}, { pack: new TextEncoder().encode('{}') }],
    [
      'on the pack of a decision that let nothing out',
      {},
      { pack: filesOf(new MiniatureService().open().evaluate().reject()).bundle },
    ],
  ])('runs and keeps nothing %s', async (_, changed, asked) => {
    const watched = watching();
    const run = backOut(ports(watched, changed), { ...request, ...asked });
    await expect(run).rejects.toMatchObject({ code: 'backout.refused' });
    expect(watched.did).not.toContain('execute');
    expect(watched.did).not.toContain('keep');
  });

  it('swears to a failure as it does to a success, and to nothing where nothing could be started', async () => {
    const [failed, absent] = [watching(), watching()];
    const run = await backOut(ports(failed, { execute: async () => ({ started: true, exitCode: 7 }) }), request);
    expect(run).toMatchObject({ result: 'failure', exitCode: 7 });
    expect(sworn(failed)[1]).toMatchObject({ result: 'failure', exit_code: 7 });
    const none = backOut(ports(absent, { execute: async () => ({ started: false, exitCode: null }) }), request);
    await expect(none).rejects.toMatchObject({ code: 'backout.not_started' });
    expect(absent.did.at(-1)).toBe('forget');
  });

  it('leaves what it signed before where it is killed meanwhile', async () => {
    const watched = watching();
    const killed = backOut(ports(watched, { execute: () => Promise.reject(new Error('killed')) }), request);
    await expect(killed).rejects.toThrow('killed');
    expect(sworn(watched)).toMatchObject([{ result: 'unknown' }]);
  });

  it('swears to no end before its beginning, by a clock that was stepped back', async () => {
    const watched = watching();
    const times = [NOW, shift(NOW, -60)];
    await backOut(ports(watched, { now: () => times.shift() ?? NOW }), request);
    expect(sworn(watched)[1]).toMatchObject({ started_at: NOW, finished_at: NOW, signed_at: NOW });
  });
});

describe('the record of a backout', () => {
  it('is read as it was written, and nothing else is', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'backout-'));
    try {
      const watched = watching();
      await backOut(ports(watched), request);
      const [, statement] = watched.kept;
      if (statement === undefined) throw new TypeError('it swore');
      const path = join(folder, 'record.json');
      writeRecord(path, statement);
      const read = readRecord(path);
      expect(read.read.digest).toBe(statement.digest);
      expect(read.disclosures).toEqual(statement.disclosures);
      writeFileSync(path, JSON.stringify(statement.envelope));
      expect(() => readRecord(path)).toThrow(expect.objectContaining({ code: 'backout.record' }));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
