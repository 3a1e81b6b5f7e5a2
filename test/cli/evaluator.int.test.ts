import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Digest, digestBytes } from '../../core/canon/index.ts';
import type { EvidencePacket } from '../../documents/evidence.ts';
import { cli, type Finished, packetFor, startWorker, succeed, writeCanonical } from './team.ts';

/** An evaluation card from the results to the routed decision, command by command. */

const tenant = `cards-${process.pid}`;
const parent = mkdtempSync(join(tmpdir(), 'countersign-cards-'));
const at = (path: string): string => join(parent, 'team', path);
const env = {
  TEMPORAL_ADDRESS: inject('temporalAddress'),
  REDIS_URL: inject('redisUrl'),
  COUNTERSIGN_TASK_QUEUE: `queue-${tenant}`,
};
const run = (words: readonly string[]): Promise<Finished> => cli(words, { cwd: join(parent, 'team'), env });
let worker: { stop(): Promise<void> };
let subject: Digest;

beforeAll(async () => {
  const small = fileURLToPath(new URL('../../examples/policies/small-team.yaml', import.meta.url));
  const text = readFileSync(small, 'utf8')
    .replace('tenant: acme', `tenant: ${tenant}`)
    .replace(
      '    evidence: [candidate, rollback]\n',
      '    evidence: [candidate, evaluation, rollback]\n    checks: [evaluation]\n',
    )
    .replace('\nduties:', '\nevaluators:\n  roles: [developer]\n\nduties:');
  writeFileSync(join(parent, 'policy.yaml'), text);
  const people = small.replace('.yaml', '.people.yaml');
  const made = ['init', join(parent, 'team'), '--policy', join(parent, 'policy.yaml'), '--people', people];
  succeed(await cli(made));
  succeed(await run(['policy', 'publish']));
  succeed(await run(['roster', 'publish']));
  worker = await startWorker({
    ...env,
    COUNTERSIGN_TENANT: tenant,
    COUNTERSIGN_TRUST: at('trust/trust.json'),
    COUNTERSIGN_STORE: at('store'),
    COUNTERSIGN_KEYS: at('service-keys'),
  });
  writeFileSync(at('app.conf'), 'rate_limit = 200\n');
  subject = digestBytes(new Uint8Array(readFileSync(at('app.conf'))));
}, 60_000);

afterAll(async () => {
  await worker?.stop();
  rmSync(parent, { recursive: true, force: true });
});

const reference = (name: string) => ({
  uri: `https://artifacts.example/${name}`,
  digest: digestBytes(new TextEncoder().encode(name)),
  media_type: 'application/json',
  size: name.length,
});
const tool = (name: string) => ({ name, version: '1.0.0', digest: digestBytes(new TextEncoder().encode(name)) });
const DRAFT = {
  suite: tool('smoke'),
  data_manifest: reference('data'),
  runtime: tool('runner'),
  scorecards: [{ metric: 'error_rate', value: 0.001, threshold: 0.01, direction: 'at_most', passed: true }],
  failure_slices: [],
  calibration: { method: 'none', expected_calibration_error: 0, report: null },
  started_at: new Date(Date.now() - 3_600_000).toISOString(),
  finished_at: new Date(Date.now() - 1_800_000).toISOString(),
};

test('results become a card, the card a section, the section a packet, and the packet a routed decision', async () => {
  writeFileSync(at('evaluation.json'), JSON.stringify(DRAFT, null, 2));
  writeFileSync(at('results.json'), '{"all":"of it"}');
  const signed = succeed(
    await run([
      ...['evidence', 'card', 'evaluation.json', '--as', 'crane-0b7d', '--subject', 'app.conf', '--json'],
      ...['--results', 'results.json', '--card', 'card.json', '--section', 'section.json'],
    ]),
  );
  const { card } = JSON.parse(signed.stdout) as { card: string };
  expect(JSON.parse(signed.stdout)).toMatchObject({ subject, evaluator: 'crane-0b7d' });

  const evaluation = JSON.parse(readFileSync(at('section.json'), 'utf8')) as EvidencePacket['sections']['evaluation'];
  const plain = packetFor(subject, tenant);
  const whole = { ...plain, origin: 'countersign-demo', sections: { ...plain.sections, evaluation } };
  writeCanonical(at('draft.json'), whole);
  const check = ['evidence', 'check', 'draft.json', '--action', 'deploy.change'];
  const checked = succeed(await run([...check, '--card', 'card.json', '--roster', 'roster/roster.json', '--json']));
  expect(JSON.parse(checked.stdout)).toMatchObject({ card, evaluator: 'crane-0b7d' });
  expect(await run(check)).toMatchObject({ code: 2, stderr: expect.stringContaining('--card') as string });

  const stolen = [
    ...['evidence', 'card', 'evaluation.json', '--as', 'crane-0b7d', '--key', 'keys/wren-91c4.pem'],
    ...['--subject', 'app.conf', '--results', 'results.json', '--card', 'stolen.json', '--section', 'other.json'],
  ];
  succeed(await run(stolen));
  const other = JSON.parse(readFileSync(at('other.json'), 'utf8')) as EvidencePacket['sections']['evaluation'];
  writeCanonical(at('other-draft.json'), { ...whole, sections: { ...whole.sections, evaluation: other } });
  const held = ['evidence', 'check', 'other-draft.json', '--card', 'stolen.json', '--json'];
  succeed(await run(held));
  expect(JSON.parse((await run([...held, '--roster', 'roster/roster.json'])).stdout)).toMatchObject({
    error: { code: 'statement.key_owner' },
  });

  const scorecards = [{ ...DRAFT.scorecards[0], value: 0 }];
  writeCanonical(at('altered.json'), {
    ...whole,
    sections: { ...whole.sections, evaluation: { ...evaluation, scorecards } },
  });
  const altered = await run(['evidence', 'check', 'altered.json', '--card', 'card.json', '--json']);
  expect(altered.code).toBe(2);
  expect(JSON.parse(altered.stdout)).toMatchObject({
    error: { code: 'card.differs', path: '$.sections.evaluation.scorecards[0].value' },
  });

  succeed(
    await run([
      ...['evidence', 'sign', 'draft.json', '--as', 'badger-c26f', '--valid-for', '86400'],
      ...['--packet', 'packet.json', '--statement', 'evidence.json'],
    ]),
  );
  const open = [
    ...['open', '--as', 'heron-3f2a', '--role', 'developer', '--action', 'deploy.change'],
    ...['--target', 'production-app', '--candidate', 'app@1.4.2', '--digest', subject, '--creator', 'wren-91c4'],
    ...['--evidence', 'packet.json', '--evidence-statement', 'evidence.json', '--context', 'ticket=CHG-1'],
    ...['--summary', 'Rate limits', '--idempotency-key', 'CHG-1', '--json'],
  ];
  expect((await run(open)).code).not.toBe(0);
  const opened = succeed(await run([...open, '--card', 'card.json']));
  const { decision_id: decision } = JSON.parse(opened.stdout) as { decision_id: string };
  const brief = succeed(await run(['brief', decision]));
  expect(brief.stdout).toContain(`evaluated by crane-0b7d, finished ${DRAFT.finished_at}`);
  const barred = await run(['approve', decision, '--as', 'crane-0b7d', '--rationale', 'mine', '--yes', '--json']);
  expect(barred.code).not.toBe(0);
}, 120_000);
