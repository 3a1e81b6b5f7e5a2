import { command } from '../command.ts';
import { printable } from '../printable.ts';

export function digestCommand() {
  return command<object, [files: readonly string[]]>({
    name: 'digest',
    description: 'sha256 of files, spelt as requests, evidence packets and reports have it',
    define: (built) => built.argument('<files...>', 'files to measure'),
    examples: [['digest gateway.tar', 'what an evidence packet says of it, and what a verifier is asked about']],
    run: async (_options, _surroundings, files) => {
      const { measureFile } = await import('../measure-file.ts');
      const measured = await Promise.all(files.map(async (file) => ({ file, digest: await measureFile(file) })));
      const [first, ...rest] = measured;
      // Alone for a shell's $(…); beside its name where there are several.
      const text =
        first !== undefined && rest.length === 0
          ? first.digest
          : measured.map(({ file, digest }) => printable(`${digest}  ${file}`)).join('\n');
      return { json: { files: measured }, text };
    },
  });
}
