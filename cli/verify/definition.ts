import { collect, command, type Outcome } from '../command.ts';
import { REFERENCE_HELP } from '../measure/reference-help.ts';

export interface VerifyOptions {
  readonly trust: string;
  readonly require: string;
  readonly expect: string;
  readonly subject?: string;
  readonly reference?: string;
  readonly disclosures?: string;
  readonly anchor?: readonly string[];
  readonly packs?: string;
  readonly timeline?: boolean;
}

/**
 * The one definition of `verify`, for its two entry points: `countersign verify`, which loads the verifier when it is
 * asked for, and the file that holds the verifier alone, where it is all there is.
 */
export function verifyCommandWith(verifyPack: (path: string, options: VerifyOptions) => Promise<Outcome>) {
  return command<VerifyOptions, [path: string]>({
    name: 'verify',
    description: 'verify an audit pack, offline, with your own trust file',
    define: (built) => {
      built.argument('<path>', 'folder of a pack, sealed file, or view with its seal beside it');
      built.requiredOption('--trust <file>', 'trust file, handed over out of band; never out of the pack');
      built.option('--require <level>', 'lowest level that will do: C1, C2 or C3', 'C2');
      built.option('--expect <outcome>', 'outcome that will do', 'executed');
      built.option(
        '--subject <digest|path>',
        'what you are about to run, or have run: a file, a folder, an OCI image layout',
      );
      built.option('--reference <name|digest>', REFERENCE_HELP);
      built.option('--disclosures <file>', 'texts behind the commitments (default: disclosures.json beside the pack)');
      built.option('--anchor <path>', 'anchors of witnesses: a file, or a folder of them; repeat for several', collect);
      built.option(
        '--packs <folder>',
        'packs of other decisions: those that let the policy in are looked for among them',
      );
      built.option('--timeline', 'every event, a line each');
    },
    examples: [
      [
        'verify pack --trust trust.json --subject model.bin',
        'evidence, outcome, level, and whether it is about this file',
      ],
      ['verify pack --trust trust.json --expect denied', 'a refusal, proven'],
    ],
    run: (options, _surroundings, path) => verifyPack(path, options),
  });
}
