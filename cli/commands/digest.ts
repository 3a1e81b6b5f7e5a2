import { command } from '../command.ts';
import { REFERENCE_HELP } from '../measure/reference-help.ts';
import { printable } from '../printable.ts';

interface Options {
  readonly reference?: string;
}

export function digestCommand() {
  return command<Options, [paths: readonly string[]]>({
    name: 'digest',
    description: 'digest of files, folders and OCI images, spelt as requests, evidence packets and reports have it',
    define: (built) => {
      built.argument('<paths...>', 'files, folders or OCI image layouts to measure');
      built.option('--reference <name|digest>', REFERENCE_HELP);
    },
    examples: [
      ['digest gateway.tar', 'what an evidence packet says of it, and what a verifier is asked about'],
      ['digest model/', 'every name and byte below the folder, as one digest'],
      ['digest image/ --reference v1.4.2', 'the image of that name, once all of its blobs were checked'],
    ],
    run: async ({ reference }, _surroundings, paths) => {
      const { measure } = await import('../measure/measure.ts');
      const measured = await Promise.all(paths.map(async (file) => ({ file, ...(await measure(file, reference)) })));
      const [first, ...rest] = measured;
      // Alone for a shell's $(…); beside its name where there are several.
      const text =
        first !== undefined && rest.length === 0
          ? first.digest
          : measured.map(({ file, digest }) => printable(`${digest}  ${file}`)).join('\n');
      const files = measured.map(({ kind, ...each }) => (kind === 'file' ? each : { ...each, kind }));
      return { json: { files }, text };
    },
  });
}
