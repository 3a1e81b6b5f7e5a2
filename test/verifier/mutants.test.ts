import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalBytes, canonicalize, fromBase64, toBase64 } from '../../core/canon/index.ts';
import { compare } from '../../core/domain/replay.ts';
import { hasCode } from '../../core/errors.ts';
import type { PackCore } from '../../pack/index.ts';
import { ask } from './asking.ts';
import { rehash, reseal } from './attacks.ts';
import { executed, filesOf } from './fixture-pack.ts';

const files = filesOf(executed());
const { core } = files;

describe('one byte of a file', () => {
  // shows: R5
  it('cannot be changed in the bundle with a good verdict', () => {
    fc.assert(
      fc.property(fc.nat(files.bundle.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const bundle = Uint8Array.from(files.bundle);
        bundle[at] = (bundle[at] ?? 0) ^ mask;
        expect(ask({ ...files, bundle }).evidence).not.toBe('holds');
      }),
      { numRuns: 25, seed: 1 },
    );
  });

  // shows: R97, R98
  it('cannot be changed in view or disclosures with a good verdict', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('view', 'disclosures'),
        fc.nat(),
        fc.integer({ min: 1, max: 127 }),
        (which, place, mask) => {
          const bytes = Uint8Array.from(files[which]);
          const at = place % bytes.length;
          bytes[at] = (bytes[at] ?? 0) ^ mask;
          expect(ask({ ...files, [which]: bytes }).evidence).not.toBe('holds');
        },
      ),
      { numRuns: 15, seed: 2 },
    );
  });

  // shows: R38, R98
  it('is named by event and field, in the view and under the seal', () => {
    const field = '"risk_band":"high"';
    const inView = flip(files.view, '"event_chain":', field);
    expect(inView.findings).toContainEqual(
      expect.objectContaining({
        code: 'view.differs',
        sequence: 3,
        event_type: 'risk.evaluated',
        path: '$.event_chain[2].risk_band',
      }),
    );
    expect(inView.findings).toContainEqual(
      expect.objectContaining({ code: 'chain.hash', sequence: 3, path: '$.event_chain[2].integrity_hash' }),
    );

    const bundle = JSON.parse(new TextDecoder().decode(files.bundle)) as { dsseEnvelope: { payload: string } };
    const payload = fromBase64(bundle.dsseEnvelope.payload);
    const at = new TextDecoder().decode(payload).indexOf(field, new TextDecoder().decode(payload).indexOf('"events":'));
    payload[at + 14] = (payload[at + 14] ?? 0) ^ 1;
    bundle.dsseEnvelope.payload = toBase64(payload);
    const sealed = ask({ ...files, bundle: canonicalBytes(bundle) });
    expect(sealed.findings).toContainEqual(expect.objectContaining({ code: 'seal.signature' }));
    expect(sealed.findings).toContainEqual(
      expect.objectContaining({
        code: 'replay.differs',
        sequence: 3,
        event_type: 'risk.evaluated',
        path: '$.events[2].risk_band',
      }),
    );
  });

  it('is named where the JSON itself broke', () => {
    const bundle = JSON.parse(new TextDecoder().decode(files.bundle)) as { dsseEnvelope: { payload: string } };
    const text = new TextDecoder().decode(fromBase64(bundle.dsseEnvelope.payload));
    const at = text.indexOf('"risk_band"', text.indexOf('"events":'));
    const broken = new TextEncoder().encode(`${text.slice(0, at)}!${text.slice(at + 1)}`);
    bundle.dsseEnvelope.payload = toBase64(broken);
    const report = ask({ bundle: canonicalBytes(bundle) });
    expect(report.findings).toContainEqual(expect.objectContaining({ code: 'bundle.unreadable', sequence: 3 }));
    const view = new TextDecoder().decode(files.view);
    const place = view.indexOf('"risk_band"', view.indexOf('"event_chain":'));
    const cut = new TextEncoder().encode(`${view.slice(0, place)}!${view.slice(place + 1)}`);
    expect(ask({ ...files, view: cut }).findings).toContainEqual(
      expect.objectContaining({ code: 'view.unreadable', sequence: 3, event_type: 'risk.evaluated' }),
    );
  });

  function flip(bytes: Uint8Array, after: string, field: string): ReturnType<typeof ask> {
    const text = new TextDecoder().decode(bytes);
    const at = text.indexOf(field, text.indexOf(after)) + field.length - 2;
    const changed = Uint8Array.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    return ask({ ...files, view: changed });
  }
});

/**
 * An operator who holds every key of the service changes anything in the core, hashes the chain anew and seals. What he
 * may say without being contradicted is what reports list as his word, and nothing else.
 */
describe('an operator with every service key', () => {
  const HIS_WORD = /^\$\.(export\b|standard\.conformance_target$|events\[6\]\.(timestamp|integrity_hash)$|head\.hash$)/;

  const json = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      true,
      '',
      'SYSTEM',
      0,
      1,
      -1,
      [],
      {},
      'sha256:'.padEnd(71, '0'),
      '2026-02-24T20:14:02.000Z',
      '__proto__',
      'executed',
    ),
    fc.jsonValue({ maxDepth: 2 }),
  );

  // shows: R10, R99
  it('moves nothing but his own word', () => {
    let accepted = 0;
    fc.assert(
      fc.property(
        fc.infiniteStream(fc.nat()),
        fc.constantFrom('replace', 'remove', 'insert', 'swap'),
        json,
        fc.constantFrom('not', 'of the place', 'kept'),
        (steps, how, value, ids) => {
          const copy = structuredClone(core) as unknown as Record<string, unknown>;
          mutate(copy, steps, how, value);
          let bundle: Uint8Array;
          let changed: PackCore;
          try {
            changed = ids === 'not' ? (copy as unknown as PackCore) : rehash(copy as unknown as PackCore, ids);
            bundle = reseal(changed);
            if (canonicalize(changed) === canonicalize(core)) return;
          } catch (error) {
            // No canonical form, or nothing to hash: he cannot seal that.
            if (hasCode(error) || error instanceof TypeError) return;
            throw error;
          }
          const report = ask({ bundle });
          if (report.evidence !== 'holds') return;
          accepted += 1;
          const moved = compare('$', core, changed).map(({ path }) => path);
          expect(moved.filter((path) => !HIS_WORD.test(path))).toEqual([]);
        },
      ),
      { numRuns: 60, seed: 3 },
    );
    expect(accepted).toBeLessThan(10);
  });

  function mutate(root: unknown, steps: Iterable<number>, how: string, value: unknown): void {
    let holder: unknown = root;
    for (const step of steps) {
      if (typeof holder !== 'object' || holder === null) return;
      const keys = Object.keys(holder);
      const key = keys[step % Math.max(1, keys.length)];
      if (key === undefined) return;
      const below: unknown = (holder as Record<string, unknown>)[key];
      if (typeof below === 'object' && below !== null && Object.keys(below).length > 0 && step % 5 !== 0) {
        holder = below;
        continue;
      }
      const target = holder as Record<string, unknown>;
      if (how === 'remove') {
        if (Array.isArray(holder)) holder.splice(Number(key), 1);
        else delete target[key];
      } else if (how === 'insert') {
        if (Array.isArray(holder)) holder.splice(Number(key), 0, value);
        else target[`x${key}`] = value;
      } else if (how === 'swap') {
        const other = keys[(step + 1) % keys.length] ?? key;
        [target[key], target[other]] = [target[other], target[key]];
      } else {
        target[key] = value;
      }
      return;
    }
  }
});
