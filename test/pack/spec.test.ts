import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Digest } from '../../core/canon/index.ts';
import { fromBase64, parseDigest } from '../../core/canon/index.ts';
import { CLEARANCE_PACK_TYPE, PACK_ERROR_CODES, VOCABULARY_MAPPING } from '../../pack/index.ts';
import { renderReport, VERIFIER_CODES } from '../../verifier/index.ts';
import { CANDIDATE } from '../documents/fixtures.ts';
import { ask } from '../verifier/asking.ts';
import { executed } from '../verifier/fixture-pack.ts';

/** What the specification shows must be what the code does: each example is taken from its page and held against it. */
function page(name: string): { text: string; example: (label: string) => string } {
  const text = readFileSync(new URL(`../../docs/spec/${name}`, import.meta.url), 'utf8');
  const example = (label: string): string => {
    const found = [...text.matchAll(/^```[a-z]+ example=([a-z0-9-]+)\n([\s\S]*?)\n```$/gm)].filter(
      ([, l]) => l === label,
    );
    if (found.length !== 1) throw new Error(`${name} has ${found.length} examples labelled ${label}`);
    return found[0]?.[2] ?? '';
  };
  return { text, example };
}

function vector(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../vectors/packs/executed/${name}`, import.meta.url)));
}

function json(bytes: Uint8Array): Record<string, never> {
  return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, never>;
}

const subject: Digest = parseDigest(CANDIDATE.digest);
const report = renderReport(
  ask({
    bundle: vector('pack.sigstore.json'),
    view: vector('pack.json'),
    disclosures: vector('disclosures.json'),
    trust: new Uint8Array(readFileSync(new URL('../vectors/packs/trust.json', import.meta.url))),
    subject,
  }),
);

describe('audit-pack.md', () => {
  const { text, example } = page('audit-pack.md');
  const bundle = json(vector('pack.sigstore.json')) as unknown as { dsseEnvelope: { payload: string } };

  it('shows the frozen pack', () => {
    const shown = JSON.parse(example('bundle')) as typeof bundle;
    expect(bundle.dsseEnvelope.payload.startsWith(shown.dsseEnvelope.payload.replace('...', ''))).toBe(true);
    shown.dsseEnvelope.payload = bundle.dsseEnvelope.payload;
    expect(shown).toEqual(bundle);
    const statement = json(fromBase64(bundle.dsseEnvelope.payload)) as unknown as { predicate: object };
    expect(JSON.parse(example('statement'))).toEqual({
      ...statement,
      predicate: { ...statement.predicate, events: [], statements: {}, documents: {} },
    });
    expect(JSON.parse(example('disclosures'))).toEqual(json(vector('disclosures.json')));
    expect(JSON.parse(example('authority'))).toEqual(json(vector('pack.json'))['authority']);
  });

  // shows: R14
  it('publishes the whole vocabulary, and every code of building and disclosing', () => {
    for (const [type, { eventSchema, ledger }] of Object.entries(VOCABULARY_MAPPING)) {
      const names = (list: readonly string[]): string => list.map((name) => `\`${name}\``).join(', ');
      expect(text).toContain(`| \`${type}\` | ${names(eventSchema)} | ${names(ledger)} |`);
    }
    const elsewhere = ['pack.not_cleared', 'pack.statement', 'pack.carries_trust'];
    for (const code of PACK_ERROR_CODES) if (!elsewhere.includes(code)) expect(text).toContain(`\`${code}\``);
  });
});

describe('verification.md', () => {
  const { text, example } = page('verification.md');

  it('shows the report of the frozen pack', () => {
    expect(report).toBe(`${example('report')}\n`);
  });

  it('lists every finding', () => {
    expect(VERIFIER_CODES.filter((code) => !text.includes(`| \`${code}\` | `))).toEqual([]);
  });
});

describe('conformance-levels.md', () => {
  it('shows the line of the report', () => {
    expect(report.split('\n')[3]).toBe(page('conformance-levels.md').example('level'));
  });
});

describe('clearance-pack.md', () => {
  it('shows the clearance of the fixture', () => {
    const pack = executed().clearancePack();
    const shown = JSON.parse(page('clearance-pack.md').example('clearance')) as typeof pack;
    expect(shown._type).toBe(CLEARANCE_PACK_TYPE);
    expect(pack.permit.payload.startsWith(shown.permit.payload.replace('...', ''))).toBe(true);
    expect({ ...shown, permit: pack.permit }).toEqual({ ...pack, events: [], statements: {}, documents: {} });
  });
});
