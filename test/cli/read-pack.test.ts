import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPack } from '../../cli/verify/read-pack.ts';
import { ask, codesOf } from '../verifier/asking.ts';
import { executed, filesOf } from '../verifier/fixture-pack.ts';

const files = filesOf(executed());
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'read-pack-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function put(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe('a sealed file that was named', () => {
  it('is read with the view and the texts beside it, so that neither can lie unseen', () => {
    const path = put('pack.sigstore.json', files.bundle);
    put('disclosures.json', files.disclosures);
    put('pack.json', files.view);
    expect(ask(readPack(path)).findings).toEqual([]);
    put('pack.json', new TextDecoder().decode(files.view).replace('"risk_band":"high"', '"risk_band":"low"'));
    expect(codesOf(ask(readPack(path)))).toContain('view.differs');
  });

  it('is read alone where nothing lies beside it, and takes other texts that were named', () => {
    const path = put('pack.sigstore.json', files.bundle);
    expect(readPack(path)).toMatchObject({ view: null, disclosures: null });
    put('disclosures.json', '{}');
    const named = put('others.json', files.disclosures);
    expect(Buffer.from(readPack(path, named).disclosures ?? []).equals(files.disclosures)).toBe(true);
  });

  it('under a name of its own has no neighbours: the folder may be of many packs', () => {
    const path = put('CHG-1042.sigstore.json', files.bundle);
    put('pack.json', files.view);
    expect(readPack(path)).toMatchObject({ view: null, disclosures: null });
  });
});
