import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { filesOf, type MiniatureService, trustBytes } from '../verifier/fixture-pack.ts';

/** Packs as folders beside a trust file under which they hold, in a folder that goes with the tests. */
export class PackFolders {
  readonly #folder = mkdtempSync(join(tmpdir(), 'countersign-packs-'));
  readonly trust = this.write('trust.json', trustBytes());
  #count = 0;

  constructor() {
    afterAll(() => rmSync(this.#folder, { recursive: true, force: true }));
  }

  /** @returns its path */
  write(name: string, content: string | Uint8Array): string {
    const path = join(this.#folder, name);
    writeFileSync(path, content);
    return path;
  }

  /** @returns path of the folder */
  add(service: MiniatureService, change: (bundle: Uint8Array) => Uint8Array = (bundle) => bundle): string {
    const { bundle, view, disclosures } = filesOf(service);
    const path = join(this.#folder, `pack-${(this.#count += 1)}`);
    mkdirSync(path);
    writeFileSync(join(path, 'pack.sigstore.json'), change(bundle));
    writeFileSync(join(path, 'pack.json'), view);
    writeFileSync(join(path, 'disclosures.json'), disclosures);
    return path;
  }

  /** One whose seal is another's. @returns path of the folder */
  addTorn(service: MiniatureService): string {
    return this.add(service, (bundle) => {
      const text = new TextDecoder().decode(bundle);
      return new TextEncoder().encode(text.replace(/"sig":"./u, '"sig":"A'));
    });
  }
}
