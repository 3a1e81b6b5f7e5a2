import type { ExportedPack } from '../../client/export.ts';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { command, type Surroundings } from '../command.ts';
import { CliError } from '../errors.ts';
import { writeNew } from '../files.ts';
import { withClient } from '../with-client.ts';

interface Options {
  readonly out: string;
  readonly fromLedger?: boolean;
}

export function exportCommand() {
  return command<Options, [decisionId: string]>({
    name: 'export',
    description: "write a closed decision's audit pack to a folder",
    define: (built) => {
      built.argument('<decision>', 'id of the decision');
      built.requiredOption('--out <folder>', 'new or empty folder');
      built.option(
        '--from-ledger',
        'ask the ledger, for a decision that Temporal has forgotten; needs the sealing key',
      );
    },
    examples: [
      [
        'export 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d --out pack',
        'writes pack.sigstore.json, pack.json and disclosures.json',
      ],
      ['verify pack --trust trust.json', 'verifies what was written'],
      ['export 5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d --out pack --from-ledger', "after Temporal's retention"],
    ],
    run: async ({ out, fromLedger = false }, surroundings, decisionId) => {
      const folder = resolve(out);
      if (existsSync(folder) && readdirSync(folder).length > 0) {
        throw new CliError('file.exists', {
          message: 'the folder is not empty',
          path: folder,
          expected: 'a new or empty folder',
        });
      }
      const { bundle, view, disclosures } = fromLedger
        ? await exportFromLedger(surroundings, decisionId)
        : await withClient(surroundings, (client) => client.export(decisionId));
      mkdirSync(folder, { recursive: true });
      const files = { 'pack.sigstore.json': bundle, 'pack.json': view, 'disclosures.json': disclosures };
      for (const [name, bytes] of Object.entries(files)) writeNew(join(folder, name), bytes);
      const paths = Object.keys(files).map((name) => join(folder, name));
      return { json: { decision_id: decisionId, files: paths }, text: paths.join('\n') };
    },
  });
}

async function exportFromLedger(
  { configPath }: Pick<Surroundings, 'configPath'>,
  decisionId: string,
): Promise<ExportedPack> {
  const [{ loadConfig }, { sealedPackOf }] = await Promise.all([import('../config.ts'), import('../sealed-pack.ts')]);
  return sealedPackOf(loadConfig(configPath), decisionId);
}
