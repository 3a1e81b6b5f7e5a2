import { canonicalBytes, type JsonObject, type JsonValue, readCanonical, readJson } from '../core/canon/index.ts';
import { compare } from '../core/domain/replay.ts';
import { hasCode } from '../core/errors.ts';
import {
  buildView,
  type Disclosures,
  memberOf,
  openTexts,
  type PackCore,
  PACK_MAX_BYTES,
  readDisclosures,
} from '../pack/index.ts';
import { checkChain } from './chain.ts';
import type { EventPlace, Findings } from './findings.ts';

/** The texts that were given; null where there are none, or where they cannot be used. */
export function openDisclosures(bytes: Uint8Array | null, core: PackCore, findings: Findings): Disclosures | null {
  if (bytes === null) return null;
  let disclosures: Disclosures;
  try {
    disclosures = readDisclosures(bytes);
  } catch (error) {
    findings.refused('disclosure.unreadable', error);
    return null;
  }
  const redactions = usable(disclosures.redactions, (redaction) => ({
    ...disclosures,
    disclosures: [],
    redactions: [redaction],
  }));
  const opened = usable(disclosures.disclosures, (disclosure) => ({
    ...disclosures,
    disclosures: [disclosure],
    redactions: [],
  }));
  const rest = { ...disclosures, disclosures: opened, redactions };
  try {
    openTexts(core, rest);
    return rest;
  } catch (error) {
    findings.refused('disclosure.mismatch', error);
    return null;
  }

  /** Those that hold on their own, so that one that does not is named and hides no other. */
  function usable<T>(entries: readonly T[], alone: (entry: T) => Disclosures): T[] {
    return entries.filter((entry) => {
      try {
        openTexts(core, alone(entry));
        return true;
      } catch (error) {
        findings.refused('disclosure.mismatch', error);
        return false;
      }
    });
  }
}

/**
 * A view, read strictly; where it is not canonical, that is said, and what can be parsed is compared all the same.
 *
 * @param events of the core, where there is one: they say which event it is that cannot be read.
 */
export function readView(bytes: Uint8Array, findings: Findings, events: readonly unknown[] = []): JsonObject | null {
  try {
    return asObject(readCanonical(bytes, { maxBytes: PACK_MAX_BYTES }), findings);
  } catch (error) {
    const place = placeIn(error, events);
    findings.refused('view.unreadable', error, place, place && belowIn(error));
  }
  try {
    const value = readJson(bytes, { maxBytes: PACK_MAX_BYTES });
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
  } catch (error) {
    if (!hasCode(error)) throw error;
    return null;
  }
}

/** Every member of the view against the one derived from core and disclosures (R98). */
export function checkView(view: JsonObject, core: PackCore, disclosures: Disclosures | null, findings: Findings): void {
  checkViewChain(view, findings);
  const derived = derivedView(core, disclosures);
  if ('refused' in derived)
    findings.add('view.differs', { expected: 'a view that can be derived', got: derived.refused });
  const expected = 'view' in derived ? derived.view : { event_chain: core.events as unknown as JsonValue };
  const got = 'view' in derived ? view : { event_chain: memberOf(view, 'event_chain') ?? null };
  for (const difference of compare('$', expected, got)) {
    const [, index, below] = /^\$\.event_chain\[(\d+)\](.*)$/.exec(difference.path) ?? [];
    const place: EventPlace | undefined =
      index === undefined
        ? undefined
        : { chain: 'event_chain', index: Number(index), event: core.events[Number(index)] };
    const { expected: wanted, got: found } = difference;
    findings.add('view.differs', { path: place ? `$${below}` : difference.path, expected: wanted, got: found }, place);
  }
}

/** The view's own hashes: they show which event was touched also where there is nothing to compare with. */
export function checkViewChain(view: JsonObject, findings: Findings): void {
  const events = memberOf(view, 'event_chain');
  checkChain(Array.isArray(events) ? (events as JsonValue[]) : [], 'event_chain', findings);
}

/** Where no view can be derived, nothing that a view says was compared: that is a finding, whoever is to blame. */
function derivedView(
  core: PackCore,
  disclosures: Disclosures | null,
): { readonly view: JsonObject } | { readonly refused: string } {
  try {
    const view = buildView(core, disclosures);
    canonicalBytes(view);
    return { view };
  } catch (error) {
    if (hasCode(error)) return { refused: `${error.code} at ${error.path}` };
    if (error instanceof TypeError) return { refused: 'a core that is not of its form' };
    throw error;
  }
}

function asObject(value: JsonValue, findings: Findings): JsonObject | null {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  findings.add('view.unreadable', { expected: 'an object', got: 'something else' });
  return null;
}

function placeIn(error: unknown, events: readonly unknown[]): EventPlace | undefined {
  const [, index] = (hasCode(error) && /^\$\.event_chain\[(\d+)\]/.exec(error.path)) || [];
  return index === undefined ? undefined : { chain: 'event_chain', index: Number(index), event: events[Number(index)] };
}

function belowIn(error: unknown): string {
  return hasCode(error) ? error.path.replace(/^\$\.event_chain\[\d+\]/, '$') : '$';
}
