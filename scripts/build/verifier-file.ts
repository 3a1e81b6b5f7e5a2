import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';

import { PROJECT_ROOT } from '../servers/paths.ts';

/**
 * `countersign verify` and all that it needs as one ES module, which any Node from 20 runs. The same sources give the same
 * bytes: nothing in it comes from the machine or the hour, and it stays as readable as what it was made from.
 */
export async function verifierFile(): Promise<string> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: PROJECT_ROOT,
    entryPoints: ['cli/verify/main.ts'],
    bundle: true,
    write: false,
    metafile: true,
    outfile: 'verify.mjs',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    legalComments: 'none',
    // The project's own settings would be read from a file; none of them changes what is made.
    tsconfigRaw: {},
    plugins: [nodeModulesOfCommonJs, onlyWhatIsUsed],
    logLevel: 'silent',
  });
  const [{ text } = { text: '' }] = outputFiles;
  return inAscii(`${HEAD}\n${text}\n${notices(metafile)}`);
}

/** What stands in comments of packages and in licences, in the plain spelling. */
const PLAIN: Readonly<Record<string, string>> = {
  '\u00b5': 'u',
  '\u2014': '-',
  '\u201c': '"',
  '\u201d': '"',
  '\u2026': '...',
  '\u2212': '-',
  '\u22c5': '*',
};

/**
 * One character beyond Latin-1 makes the engine hold the whole file in two bytes a character: 10 ms of a start, most of
 * it collecting garbage. The bundler writes code itself in ASCII; what is left stands in comments.
 */
function inAscii(text: string): string {
  return text.replace(/[^\t\n\x20-\x7e]/g, (character) => {
    const plain = PLAIN[character];
    if (plain === undefined) throw new TypeError(`no plain spelling for ${JSON.stringify(character)}`);
    return plain;
  });
}

const HEAD = `#!/usr/bin/env node
// The offline verifier of Countersign (Apache-2.0), in one file:  node verify.mjs PACK --trust trust.json
// Made from the sources by \`npm run build\`. What it holds of others stands at its end, with their licences.`;

/**
 * Commander is CommonJS, and a module that `require`s Node's own cannot stand in an ES module as it is. What it asks for is
 * imported instead, but for two: child processes, with which it would start sub-commands that are files of their own (the
 * verifier has none, and nothing in it can start a process), and `process`, which is a global as well.
 */
const nodeModulesOfCommonJs: Plugin = {
  name: 'node-modules-of-commonjs',
  setup(building) {
    const namespace = 'node';
    building.onResolve({ filter: /^node:/ }, ({ kind, path }) =>
      kind === 'require-call' ? { path, namespace } : { path, external: true },
    );
    building.onLoad({ filter: /./, namespace }, ({ path }) => {
      if (path === 'node:child_process') return { contents: 'module.exports = {};' };
      // As an import it costs 5 ms: all its members are read, and standard input opened.
      if (path === 'node:process') return { contents: 'module.exports = process;' };
      return { contents: `export * from ${JSON.stringify(path)};` };
    });
  },
};

/**
 * Our own modules do nothing when they are loaded, but for the one that says how schemas work. So one of which nothing is
 * used, such as the reader of YAML, stays out, with the package behind it.
 */
const onlyWhatIsUsed: Plugin = {
  name: 'only-what-is-used',
  setup(building) {
    const asked = Symbol('asked');
    building.onResolve({ filter: /^\.{1,2}\// }, async ({ path, kind, importer, resolveDir, pluginData }) => {
      if (pluginData === asked || importer.includes('node_modules')) return undefined;
      const found = await building.resolve(path, { kind, importer, resolveDir, pluginData: asked });
      return {
        path: found.path,
        errors: found.errors,
        sideEffects: found.path.endsWith('/cli/verify/plain-schemas.ts'),
      };
    });
  },
};

/** Name, version and licence of every package of which something is in the file. */
function notices({ outputs }: Metafile): string {
  const used = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  const names = used.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  const texts = [...new Set(names)].toSorted().map((name) => {
    const folder = join(PROJECT_ROOT, 'node_modules', name);
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    const [licence] = globSync('LICENSE*', { cwd: folder });
    if (licence === undefined) throw new Error(`${name} has no licence to take along`);
    return `${name} ${version}\n\n${readFileSync(join(folder, licence), 'utf8').replaceAll('*/', '* /').trim()}\n`;
  });
  return `/*\n${texts.join('\n----\n\n')}*/\n`;
}
