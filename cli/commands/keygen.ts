import { resolve } from 'node:path';
import { command } from '../command.ts';

interface Options {
  readonly actor: string;
  readonly out: string;
  readonly proof?: string;
}

export function keygenCommand() {
  return command<Options>({
    name: 'keygen',
    description: 'make a key for a person or workload, with the proof that goes into the roster',
    define: (built) => {
      built.requiredOption('--actor <id>', 'pseudonymous actor id, never a name or an address');
      built.requiredOption('--out <file>', 'private key, PKCS#8 PEM, mode 0600; give it to nobody');
      built.option(
        '--proof <file>',
        'proof of possession, to hand to the keeper of the roster (default: OUT with .proof.json)',
      );
    },
    examples: [
      ['keygen --actor ruth --out keys/ruth.pem', 'writes keys/ruth.pem and keys/ruth.proof.json'],
      ['roster add-key --actor ruth --proof keys/ruth.proof.json', 'what the keeper of the roster does with it'],
    ],
    run: async ({ actor, out, proof }, { configPath }) => {
      const [
        { loadConfig },
        { generateKey, writeKeyFile },
        { rosterKey },
        { writeNew },
        { now },
        { CliError },
        { existsSync },
        { publicKeyToBase64, publicKeyToPem },
        { randomBytes },
      ] = await Promise.all([
        import('../config.ts'),
        import('../key-file.ts'),
        import('../../founding/index.ts'),
        import('../files.ts'),
        import('../workplace.ts'),
        import('../errors.ts'),
        import('node:fs'),
        import('../../core/canon/index.ts'),
        import('node:crypto'),
      ]);
      const { origin, tenant } = loadConfig(configPath);
      const key = generateKey();
      const random = (length: number): Uint8Array => Uint8Array.from(randomBytes(length));
      const { proof: envelope } = rosterKey({ origin, tenant, at: now(), random }, actor, key);
      const path = resolve(out);
      const proofPath = resolve(proof ?? `${out.replace(/\.pem$/, '')}.proof.json`);
      // Nothing is written where one of the two could not be.
      for (const taken of [path, proofPath].filter((each) => existsSync(each))) {
        throw new CliError('file.exists', {
          message: 'this is not overwritten',
          path: taken,
          expected: 'a path where nothing is',
          got: 'a file',
        });
      }
      writeKeyFile(path, key);
      writeNew(proofPath, `${JSON.stringify(envelope, null, 2)}\n`);
      const { keyId } = key.publicKey;
      const json = {
        actor_id: actor,
        key_id: keyId,
        public_key: publicKeyToBase64(key.publicKey),
        public_key_pem: publicKeyToPem(key.publicKey),
        private_key_file: path,
        proof_file: proofPath,
      };
      const text = [
        `actor       ${actor}`,
        `key id      ${keyId}`,
        `public key  ${json.public_key}`,
        `private key ${path}`,
        `proof       ${proofPath}`,
      ];
      return { json, text: text.join('\n') };
    },
  });
}
