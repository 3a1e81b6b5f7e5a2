import { describe, expect, it } from 'vitest';
import {
  canonicalBytes,
  commit,
  type Disclosure,
  fromBase64,
  type JsonValue,
  toBase64,
} from '../../core/canon/index.ts';
import { buildView, type Disclosures, disclosuresBytes, type PackCore, viewBytes } from '../../pack/index.ts';
import { Findings } from '../../verifier/findings.ts';
import { folderFindings, renderFinding, renderReport } from '../../verifier/index.ts';
import { checkView } from '../../verifier/view.ts';
import { T } from '../documents/fixtures.ts';
import { ask, codesOf } from './asking.ts';
import { rehash, reseal } from './attacks.ts';
import { committed, executed, filesOf, MiniatureService, shift, trustBytes } from './fixture-pack.ts';

type Open = Record<string, unknown>;

/** The executed core, changed and hashed anew. */
function changed(change: (core: { events: Open[] } & Open) => void): PackCore {
  const copy = structuredClone(executed().core()) as unknown as { events: Open[] } & Open;
  change(copy);
  return rehash(copy as unknown as PackCore);
}

function eventOf({ events }: { events: Open[] }, type: string): Open {
  const found = events.find((event) => event['event_type'] === type);
  if (found === undefined) throw new TypeError(`no ${type}`);
  return found;
}

const HONEST = filesOf(executed());

/** The honest bundle with its honest signature, about another core: what anybody can make, without any key. */
function carrying(core: PackCore): Uint8Array {
  const bundle = JSON.parse(new TextDecoder().decode(HONEST.bundle)) as { dsseEnvelope: { payload: string } };
  const statement = JSON.parse(new TextDecoder().decode(fromBase64(bundle.dsseEnvelope.payload))) as object;
  bundle.dsseEnvelope.payload = toBase64(canonicalBytes({ ...statement, predicate: core }));
  return canonicalBytes(bundle);
}

describe('a view', () => {
  /** One level deeper in the view than among the disclosures, and therefore not derivable. */
  function rationaleOf(value: JsonValue): { service: MiniatureService; disclosure: Disclosure } {
    const { salt, path } = committed('deep', '$.rationale', '').disclosure;
    const disclosure = { salt, path, value };
    const service = new MiniatureService().open().evaluate();
    const envelope = service.approval({ rationale: commit(disclosure) });
    service.submit(envelope, T.approved).claim().confirm();
    return { service, disclosure };
  }

  function nested(depth: number): JsonValue {
    let value: JsonValue = 'x';
    for (let level = 0; level < depth; level += 1) value = [value];
    return value;
  }

  function given(service: MiniatureService, disclosure: Disclosure): Disclosures {
    const approved = service.events.find((event) => event.event_type === 'authority.approved');
    if (approved?.event_type !== 'authority.approved') throw new TypeError('not approved');
    return {
      ...service.disclosures(),
      disclosures: [{ owner: approved.statement as never, ...disclosure }],
      redactions: [],
    };
  }

  // shows: R98
  it('that lies does not hold beside a text that no view can show', () => {
    const { service, disclosure } = rationaleOf(nested(61));
    const core = service.core();
    const view = { ...buildView(core, null), risk: { risk_band: 'low' }, pack_id: 'anything' };
    const disclosures = disclosuresBytes(given(service, disclosure));
    const report = ask({ bundle: reseal(core), view: canonicalBytes(view), disclosures });
    expect(report.evidence).toBe('does_not_hold');
    expect(codesOf(report)).toEqual(['disclosure.unreadable', 'view.differs']);
  });

  it('that cannot be derived is a finding, whatever the reason', () => {
    const { service, disclosure } = rationaleOf(nested(61));
    const core = service.core();
    const findings = new Findings();
    checkView(buildView(core, null), core, given(service, disclosure), findings);
    expect(findings.errors).toMatchObject([
      { code: 'view.differs', path: '$', expected: 'a view that can be derived' },
    ]);
  });

  it.each<[string, JsonValue]>([
    ['a list', ['x']],
    ['a number', 1],
    ['nothing', null],
    ['a text of 100,001 characters', 'x'.repeat(100_001)],
  ])('shows no %s for a text, and an export leaves it out', (_, value) => {
    const { service, disclosure } = rationaleOf(value);
    const disclosures = disclosuresBytes(given(service, disclosure));
    expect(codesOf(ask({ bundle: reseal(service.core()), disclosures }))).toEqual(['disclosure.unreadable']);
    const owner = given(service, disclosure).disclosures[0]?.owner ?? '';
    service.texts.set(owner, [disclosure]);
    expect(service.disclosures().disclosures.map((each) => each.owner)).not.toContain(owner);
    expect(ask(filesOf(service)).findings).toEqual([]);
  });

  it('shows a text of 100,000 characters', () => {
    const { service, disclosure } = rationaleOf('x'.repeat(100_000));
    const core = service.core();
    const disclosures = given(service, disclosure);
    const view = viewBytes(buildView(core, disclosures));
    expect(ask({ bundle: reseal(core), view, disclosures: disclosuresBytes(disclosures) }).findings).toEqual([]);
  });
});

describe('text of a stranger in a report', () => {
  const FORGED = 'x\u001b[2J\u009b2J\u202e\nevidence: holds\noutcome: EXECUTED\nlevel: C2';

  function expectClean(text: string): void {
    expect(text.split('\n').filter((line) => /^(evidence: holds|outcome: EXECUTED$|level: C2$)/.test(line))).toEqual(
      [],
    );
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
  }

  it('forges no line out of a candidate that is no digest', () => {
    const core = changed((copy) => {
      Object.assign(copy.events[0]?.['candidate'] as object, { digest: FORGED });
    });
    const report = ask({ bundle: carrying(core) });
    expect(report.subject.candidate).toBeNull();
    expectClean(renderReport(report));
  });

  it('forges no line out of a fact or a count, even in what the program hands on', () => {
    const core = changed((copy) => {
      eventOf(copy, 'policy.evaluated')['facts'] = [{ source: 'service', name: FORGED }];
      copy.events.splice(5, 0, { ...copy.events[5], event_type: 'statements.discarded', counts: { [FORGED]: 1 } });
    });
    const report = ask({ bundle: carrying(core) });
    expect(report.rests_on_service.join('')).toContain('evidence: holds');
    for (const said of [...report.rests_on_service, ...report.level.missing]) expectClean(said);
    expectClean(renderReport(report));
  });

  it('forges no line out of the name of a file or a member', () => {
    const [besides] = folderFindings([`${FORGED}.pem`]);
    if (besides === undefined) throw new TypeError('no finding');
    expectClean(besides.path);
    const core = changed((copy) => Object.assign(copy.events[1] as object, { [FORGED]: 1 }));
    const { findings } = ask({ bundle: carrying(core) });
    for (const { path } of findings) expectClean(path);
  });

  it('is escaped line by line, wherever it came from', () => {
    const report = ask({ bundle: reseal(executed().core()) });
    const finding = { ...new Findings().all[0], ...folderFindings(['a.pem'])[0], says: FORGED, path: FORGED } as never;
    expectClean(renderFinding(finding));
    const forged = {
      ...report,
      evidence: 'does_not_hold' as const,
      outcome: null,
      trust: { ...report.trust, name: FORGED },
      level: { ...report.level, missing: [FORGED] },
      subject: { candidate: FORGED, asked: FORGED, matches: false },
      rests_on_service: [FORGED],
      rests_on_others: [FORGED],
      findings: [finding],
    };
    expectClean(renderReport(forged));
  });
});

describe('verify is total', () => {
  const TRICK = { toString: 1, valueOf: 1 };

  it('where the last event confirms no execution', () => {
    const core = changed((copy) => {
      eventOf(copy, 'execution.confirmed')['execution'] = null;
    });
    expect(codesOf(ask({ bundle: carrying(core) }))).toContain('pack.outline');
  });

  it('where a count or the name of a fact is an object that becomes no text', () => {
    const core = changed((copy) => {
      eventOf(copy, 'policy.evaluated')['facts'] = [{ source: 'service', name: TRICK }];
      copy.events.splice(5, 0, { ...copy.events[5], event_type: 'statements.discarded', counts: { 'a.b': TRICK } });
    });
    const report = ask({ bundle: carrying(core) });
    expect(report.rests_on_service.join()).not.toContain('discarded');
  });

  /** Every leaf, and every object and list, as the path of its keys. */
  function placesIn(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
    if (typeof value !== 'object' || value === null) return [path];
    const below = Object.entries(value).flatMap(([key, each]) => placesIn(each, [...path, key]));
    return path.length === 0 ? below : [path, ...below];
  }

  function replaced(core: PackCore, path: readonly string[], value: unknown): PackCore {
    const copy = structuredClone(core) as unknown as Open;
    let holder = copy;
    for (const key of path.slice(0, -1)) holder = holder[key] as Open;
    holder[path.at(-1) ?? ''] = value;
    return copy as unknown as PackCore;
  }

  it('whatever anybody puts anywhere into a core', () => {
    const core = changed((copy) => {
      eventOf(copy, 'policy.evaluated')['facts'] = [{ source: 'service', name: 'a.b' }];
      copy.events.splice(5, 0, { ...copy.events[5], event_type: 'statements.discarded', counts: { 'a.b': 1 } });
    });
    const places = placesIn(core);
    // What every event has is tried in the first and the last; outside the events, places are alike: some will do.
    const header =
      /^events\.[1-6]\.(event_id|schema_version|decision_id|sequence|previous_hash|integrity_hash|actor_id)$/;
    const inEvents = places.filter((path) => path[0] === 'events' && !header.test(path.join('.')));
    const elsewhere = places.filter(([first], index) => first !== 'events' && index % 17 === 0);
    const tries = [...inEvents, ...elsewhere];
    expect(tries.length).toBeGreaterThan(150);
    for (const [index, path] of tries.entries()) {
      // What reads a leaf fears an object; what reads an object fears null. Every third is merely empty.
      const before = path.reduce<unknown>((holder, key) => (holder as Open)[key], core);
      const worst = typeof before === 'object' ? null : TRICK;
      const value = index % 3 === 2 && !/facts|counts|execution/.test(path.join('.')) ? {} : worst;
      const bundle = carrying(replaced(core, path, value));
      let report: ReturnType<typeof ask> | undefined;
      expect(() => {
        report = ask({ ...HONEST, bundle });
        renderReport(report);
      }, path.join('.')).not.toThrow();
      expect(report?.evidence, path.join('.')).toBe('does_not_hold');
    }
  }, 120_000);
});

describe('a permit', () => {
  it.each([
    [599, []],
    [600, ['execution.started_late']],
  ])('%i seconds old starts what it may', (seconds, codes) => {
    const at = (later: number) => shift(T.cleared, seconds + later);
    const service = new MiniatureService().open().evaluate().approve().claim();
    service.confirm({ started_at: at(0), finished_at: at(1), signed_at: at(2) }, at(2));
    expect(codesOf(ask({ bundle: reseal(service.core()) }))).toEqual(codes);
  });
});

describe('a seal', () => {
  const before = (core: PackCore, exported_at: string): PackCore =>
    ({ ...core, export: { ...core.export, exported_at } }) as PackCore;
  const window = (change: object) =>
    trustBytes((trust) => ({
      ...trust,
      keys: trust.keys.map((key) => (key.use === 'seal' ? { ...key, ...change } : key)),
    }));

  it('is not older than the last event', () => {
    const core = executed().core();
    const last = core.events.at(-1)?.timestamp ?? T.finished;
    expect(ask({ bundle: reseal(before(core, last)) }).findings).toEqual([]);
    expect(ask({ bundle: reseal(before(core, shift(last, -1))) }).findings).toMatchObject([
      { code: 'pack.outline', path: '$.export.exported_at', expected: `not before ${last}` },
    ]);
  });

  it('of a retired key seals no later decision, whatever time it gives', () => {
    const core = executed().core();
    const trust = window({ valid_until: T.approved });
    const report = ask({ bundle: reseal(before(core, shift(T.approved, -60))), trust });
    expect(codesOf(report)).toEqual(['pack.outline', 'signer.seal']);
  });

  it('of a key that came later seals no earlier decision', () => {
    const core = executed().core();
    const last = core.events.at(-1)?.timestamp ?? T.finished;
    const report = ask({ bundle: reseal(core), trust: window({ valid_from: shift(last, 1) }) });
    expect(codesOf(report)).toEqual(['signer.seal']);
  });
});
