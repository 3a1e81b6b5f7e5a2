import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Digest } from '../../core/canon/index.ts';
import type { Outcome } from '../../core/domain/vocabulary.ts';
import { exitCode, type VerifierCode } from '../../verifier/index.ts';
import { ask, codesOf } from './asking.ts';
import { FROZEN } from './write-vectors.ts';

/** Each folder is a case; adding one takes no code. `…_fail` must be refused with the codes of its `case.json`. */
const root = new URL('../vectors/packs/', import.meta.url);

interface Case {
  readonly says: string;
  readonly outcome: Outcome;
  readonly subject: Digest;
  readonly codes: readonly VerifierCode[];
}

const folders = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

function file(folder: string, name: string): Uint8Array | null {
  const place = new URL(`${folder}/${name}`, root);
  return existsSync(place) ? new Uint8Array(readFileSync(place)) : null;
}

describe('frozen packs', () => {
  it('are there, good ones and bad ones', () => {
    for (const name of FROZEN) expect(folders).toContain(`${name}_fail`);
    expect(folders.filter((name) => !name.endsWith('_fail')).length).toBeGreaterThan(2);
  });

  // shows: R9, R99, R105
  it.each(folders)('%s', (folder) => {
    const { outcome, subject, codes } = JSON.parse(
      new TextDecoder().decode(file(folder, 'case.json') ?? undefined),
    ) as Case;
    const trust = file(folder, 'verifier-trust.json') ?? new Uint8Array(readFileSync(new URL('trust.json', root)));
    const report = ask({
      bundle: file(folder, 'pack.sigstore.json'),
      view: file(folder, 'pack.json'),
      disclosures: file(folder, 'disclosures.json'),
      trust,
      expect: outcome,
      subject,
    });
    expect(codesOf(report)).toEqual(expect.arrayContaining([...codes]));
    const exit = exitCode(report, { require: 'C2', expect: outcome, subject });
    expect(exit).toBe(folder.endsWith('_fail') ? 1 : 0);
    if (!folder.endsWith('_fail')) expect(report.findings).toEqual([]);
  });
});
