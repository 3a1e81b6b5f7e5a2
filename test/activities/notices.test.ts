import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileNotifier } from '../../activities/notifier.ts';
import { indexRoster, readRoster } from '../../documents/roster-reader.ts';
import { type Notice, noticeOf } from '../../evaluation/index.ts';
import { fold } from '../../core/domain/evolve.ts';
import { canonicalBytes, type Envelope } from '../../core/canon/index.ts';
import { ACTORS, grant, keyFrom, rosterKey, T, TENANT } from '../documents/fixtures.ts';
import {
  breakable,
  endorsedPolicy,
  ESCALATED,
  escalated,
  fixturePolicy,
  GLASS,
  MiniatureService,
  OPERATED_S,
  operable,
  REMINDED,
  ROSTER,
  shift,
  waiting,
  WAITING_TIMES,
} from '../verifier/fixture-pack.ts';

/** The notice of the last event of a type, as the activity makes it. */
function noticed(service: MiniatureService, type: string): Notice | null {
  const index = service.events.findLastIndex(({ event_type }) => event_type === type);
  const event = service.events[index];
  if (event === undefined) throw new TypeError(`no ${type}`);
  const state = fold(service.events.slice(0, index + 1));
  const scope = { environment: 'production', action: 'deploy.change', at: event.timestamp };
  return noticeOf({ tenant: TENANT, event, state, roster: service.roster, scope });
}

describe('a notice', () => {
  const service = escalated();

  it('of a reminder goes to whoever is waited for', () => {
    expect(noticed(service, 'authority.reminded')).toEqual({
      id: service.events.find(({ event_type }) => event_type === 'authority.reminded')?.integrity_hash,
      kind: 'reminder',
      tenant: TENANT,
      decision_id: service.decisionId,
      sequence: 5,
      at: REMINDED,
      roles: ['executive'],
      recipients: [ACTORS.executive, ACTORS.secondExecutive],
      until: service.routing.limits.decision_deadline,
    });
  });

  it('of an escalation goes to those as well whom it lets in', () => {
    expect(noticed(service, 'authority.escalated')).toMatchObject({
      kind: 'escalation',
      at: ESCALATED,
      recipients: [ACTORS.securityOwner, ACTORS.executive, ACTORS.secondExecutive],
    });
  });

  // shows: R59
  it('of broken glass goes to everybody whom it went past, those who abstained too, and not to who broke it', () => {
    const broken = breakable().abstain().override();
    expect(noticed(broken, 'override.breakglass')).toMatchObject({
      kind: 'breakglass',
      roles: ['executive'],
      recipients: [ACTORS.executive, ACTORS.secondExecutive],
    });
    expect(noticed(broken, 'override.breakglass')?.recipients).not.toContain(GLASS);
  });

  describe('where one of them has delegated to somebody without the role', () => {
    const policy = endorsedPolicy(
      fixturePolicy({ times: WAITING_TIMES, delegation: { roles: ['executive'], life_s: 3600 } }),
    );
    const standsIn = (expires_at: string): MiniatureService => {
      const at = shift(T.requested, 10);
      const asked = new MiniatureService({ policy }).open().evaluate();
      return asked.delegate({ delegate: ACTORS.releaseOwner, signed_at: at, expires_at }, at);
    };

    it('goes to who stands in, and no more to who delegated', () => {
      const asked = standsIn(shift(ESCALATED, 1)).tick(REMINDED).tick(ESCALATED);
      expect(noticed(asked, 'authority.reminded')?.recipients).toEqual(
        [ACTORS.releaseOwner, ACTORS.secondExecutive].sort(),
      );
      expect(noticed(asked, 'authority.escalated')?.recipients).toEqual(
        [ACTORS.releaseOwner, ACTORS.secondExecutive, ACTORS.securityOwner].sort(),
      );
    });

    it('goes to who delegated again from the instant at which that ends', () => {
      const asked = standsIn(REMINDED).tick(REMINDED);
      const both = [ACTORS.executive, ACTORS.secondExecutive].sort();
      expect(noticed(asked, 'authority.reminded')?.recipients).toEqual(both);
      const reminded = asked.events.find(({ event_type }) => event_type === 'authority.reminded');
      expect(reminded).toMatchObject({ waiting_for: [{ role: 'executive', actor_ids: both }] });
    });
  });

  describe('of an act on the waiting', () => {
    const at = shift(T.requested, 30);
    const acted = (act: (service: MiniatureService) => Envelope) => {
      const asked = operable();
      return asked.submit(act(asked), at);
    };

    it('is a nudge, to whoever is waited for', () => {
      expect(
        noticed(
          acted((asked) => asked.nudging()),
          'operation.nudged',
        ),
      ).toMatchObject({
        kind: 'nudge',
        roles: ['executive'],
        recipients: [ACTORS.executive, ACTORS.secondExecutive],
      });
    });

    it('is a reassignment, to whoever is asked and to whoever is no more', () => {
      expect(
        noticed(
          acted((asked) => asked.reassigning()),
          'operation.reassigned',
        ),
      ).toMatchObject({
        kind: 'reassignment',
        roles: ['executive'],
        recipients: [ACTORS.executive, ACTORS.secondExecutive],
      });
    });

    it('does not tell whoever hands over what they did', () => {
      const handed = acted((asked) => asked.reassigning({ signer: ACTORS.executive }, null));
      expect(noticed(handed, 'operation.reassigned')?.recipients).toEqual([ACTORS.secondExecutive]);
      const nudged = handed.submit(handed.nudging(), at);
      expect(noticed(nudged, 'operation.nudged')?.recipients).toEqual([ACTORS.secondExecutive]);
    });

    it('is none of an extension, which asks nobody for anything', () => {
      expect(
        noticed(
          acted((asked) => asked.extending()),
          'operation.extended',
        ),
      ).toBeNull();
    });

    it('says when the decision ends now', () => {
      const extended = acted((asked) => asked.extending());
      extended.submit(extended.nudging(), at);
      expect(noticed(extended, 'operation.nudged')?.until).toBe(shift(T.requested, OPERATED_S + 1200));
    });
  });

  it('names everybody of a large role, also beyond those whom the certificate names', () => {
    const many = Array.from({ length: 40 }, (_, i) => ({
      actor_id: `p-many-${String(i).padStart(2, '0')}`,
      keys: [rosterKey(`p-many-${i}`, keyFrom(`p-many-${i}`))],
      grants: [grant('executive')],
    }));
    const index = indexRoster(readRoster(canonicalBytes(ROSTER), { proofs: 'on_use' }));
    const wide = indexRoster({ ...ROSTER, persons: [...ROSTER.persons, ...many] } as never);
    const [reminded] = waiting().tick(REMINDED).events.slice(-1);
    const state = waiting().tick(REMINDED).state;
    const scope = { environment: 'production', action: 'deploy.change', at: REMINDED };
    const of = (roster: typeof index) => noticeOf({ tenant: TENANT, event: reminded!, state, roster, scope });
    expect(of(index)?.recipients).toHaveLength(2);
    expect(of(wide)?.recipients).toHaveLength(42);
  });

  it('is not made of another event, nor of a decision that has ended', () => {
    expect(noticed(service, 'authority.approved')).toBeNull();
    const ended = service.claim();
    const event = ended.events.find(({ event_type }) => event_type === 'authority.reminded');
    const scope = { environment: 'production', action: 'deploy.change', at: REMINDED };
    expect(noticeOf({ tenant: TENANT, event: event!, state: ended.state, roster: ended.roster, scope })).toBeNull();
  });
});

describe('the file that notices go to', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'countersign-notices-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const notice = (id: string, at = REMINDED): Notice => ({
    id: `sha256:${id.repeat(64)}`,
    kind: 'reminder',
    tenant: TENANT,
    decision_id: 'd',
    sequence: 5,
    at,
    roles: ['executive'],
    recipients: ['p-dune'],
    until: at,
  });
  const lines = (): unknown[] =>
    readdirSync(directory)
      .sort()
      .flatMap((name) => readFileSync(join(directory, name), 'utf8').trimEnd().split('\n'))
      .map((line) => JSON.parse(line) as unknown);

  it('has each once, however often it is sent, in a file a day', async () => {
    const notifier = createFileNotifier(directory);
    for (const one of [notice('a'), notice('b'), notice('a'), notice('c', '2026-02-25T00:00:00.000Z')])
      await notifier.send(one);
    expect(lines()).toEqual([notice('a'), notice('b'), notice('c', '2026-02-25T00:00:00.000Z')]);
    expect(readdirSync(directory).sort()).toEqual(['notices-2026-02-24.jsonl', 'notices-2026-02-25.jsonl']);
  });

  it('stays whole after a line that a crash left torn', async () => {
    writeFileSync(join(directory, 'notices-2026-02-24.jsonl'), '{"id":"sha256:dead');
    await createFileNotifier(directory).send(notice('a'));
    const [torn, whole] = readFileSync(join(directory, 'notices-2026-02-24.jsonl'), 'utf8').split('\n');
    expect(torn).toBe('{"id":"sha256:dead');
    expect(JSON.parse(whole ?? '')).toEqual(notice('a'));
  });

  it('fails loudly where it cannot be written, so that it is tried again', async () => {
    const notifier = createFileNotifier(join(directory, 'gone'));
    await expect(notifier.send(notice('a'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
