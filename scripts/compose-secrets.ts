// Writes the secrets that docker-compose.yml mounts into deploy/secrets/, and makes the folder for notices, once. A file that is there is
// kept, so running it again changes nothing; delete the folder to begin anew. Another `deploy/` may be named.
//
// The folder is private. The files in it are readable to all, since the containers' users, which are not
// the user here, read them through their mounts.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';

import { newCredentials, newPassword, PROJECT_ROOT, usersAcl } from './servers/index.ts';

const deploy = argv[2] ?? join(PROJECT_ROOT, 'deploy');
const folder = join(deploy, 'secrets');
mkdirSync(folder, { recursive: true, mode: 0o700 });
// Where the engine made it instead, it would be root's, and the worker could not write.
mkdirSync(join(deploy, 'notices'), { recursive: true, mode: 0o700 });

once('postgres_password', () => ({ postgres_password: newPassword() }));
once('valkey_users', () => {
  const credentials = newCredentials();
  return {
    valkey_users: usersAcl(credentials),
    redis_url: `redis://countersign:${credentials.countersign}@valkey:6379`,
    // For `countersign archive` alone: no container has it.
    archivist_url: `redis://archivist:${credentials.archivist}@valkey:6379`,
    // For `countersign witness`, which whoever runs the service does not run.
    witness_url: `redis://witness:${credentials.witness}@valkey:6379`,
    valkey_admin_password: credentials.admin,
  };
});

/** Files that belong together are made together, or not at all. */
function once(marker: string, make: () => Record<string, string>): void {
  if (existsSync(join(folder, marker))) return console.error(`${marker}: kept`);
  for (const [name, text] of Object.entries(make())) {
    writeFileSync(join(folder, name), text, { mode: 0o644 });
    console.error(`${name}: written`);
  }
}
