// A program that starts servers and then ends in the way it is told; run by servers.int.test.ts.
import { argv, stdout } from 'node:process';

import { startValkey } from '../../scripts/servers/index.ts';

const [, , dataDir = '', ending = ''] = argv;
const { pid } = await startValkey({ dataDir });
stdout.write(`${pid}\n`);

if (ending === 'exit') process.exit(0);
if (ending === 'throw') throw new Error('as told');
if (ending === 'handler') process.on('SIGTERM', () => setTimeout(() => process.exit(7), 50));
if (ending !== 'end') setInterval(() => undefined, 1_000);
