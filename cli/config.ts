import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { type JsonValue, readJson } from '../core/canon/index.ts';
import { TASK_QUEUE } from '../core/contracts/names.ts';
import { hasCode } from '../core/errors.ts';
import { DocumentError } from '../documents/errors.ts';
import { readShape } from '../documents/read-document.ts';
import { CliError } from './errors.ts';

const text = z.string().min(1).max(4096);
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/, { error: 'expected a name' });

/** Where a URL with a password in it is to be read. */
const urlSource = z.union([z.strictObject({ url_file: text }), z.strictObject({ url_env: text })]);

/** What stands in `countersign.json`. No secrets: those come from files of mode 0600, or from the environment. */
const configSchema = z.strictObject({
  origin: name,
  tenant: name,
  trust: text,
  store: text,
  disclosures: text,
  keys: text,
  roster: text.exactOptional(),
  policy: text.exactOptional(),
  standing: text.exactOptional(),
  service_keys: text.exactOptional(),
  temporal: z
    .strictObject({ address: text.exactOptional(), namespace: text.exactOptional(), task_queue: text.exactOptional() })
    .exactOptional(),
  redis: urlSource.exactOptional(),
  archivist: urlSource.exactOptional(),
  witness: urlSource.exactOptional(),
});

/** The configuration, with its paths absolute and the environment's say included. */
export interface Config {
  /** Folder of the configuration file; runs keep their state below it. */
  readonly folder: string;
  readonly origin: string;
  readonly tenant: string;
  readonly trust: string;
  readonly store: string;
  readonly disclosures: string;
  readonly keys: string;
  readonly roster: string;
  readonly policy: string;
  readonly standing: string;
  readonly serviceKeys: string;
  readonly temporal: { readonly address: string; readonly namespace: string };
  readonly taskQueue: string;
  /** Where the Redis URL is to be read, when something needs it: it holds a password. */
  readonly redisUrl: () => string;
  /** The same for the archivist's user, which alone may put stubs in the place of chains. */
  readonly archivistUrl: () => string;
  /** The same for the witness's user, which only reads chains. */
  readonly witnessUrl: () => string;
}

export const CONFIG_NAME = 'countersign.json';
const DEFAULT_ADDRESS = '127.0.0.1:7233';
const DEFAULT_NAMESPACE = 'default';

/** The one place that reads the configuration file and the variables that override it. */
export function loadConfig(
  path: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
  cwd = process.cwd(),
): Config {
  const file = locate(path ?? env['COUNTERSIGN_CONFIG'], cwd);
  const read = shaped(file, parse(file));
  const folder = dirname(file);
  const at = (relative: string): string => (isAbsolute(relative) ? relative : join(folder, relative));
  return {
    folder,
    origin: read.origin,
    tenant: read.tenant,
    trust: at(read.trust),
    store: at(read.store),
    disclosures: at(read.disclosures),
    keys: at(read.keys),
    roster: at(read.roster ?? 'roster/roster.json'),
    policy: at(read.policy ?? 'policy/policy.yaml'),
    standing: at(read.standing ?? 'standing/standing.json'),
    serviceKeys: at(read.service_keys ?? 'service-keys'),
    temporal: {
      address: env['TEMPORAL_ADDRESS'] || read.temporal?.address || DEFAULT_ADDRESS,
      namespace: env['TEMPORAL_NAMESPACE'] || read.temporal?.namespace || DEFAULT_NAMESPACE,
    },
    taskQueue: env['COUNTERSIGN_TASK_QUEUE'] || read.temporal?.task_queue || TASK_QUEUE,
    redisUrl: () => urlOf(file, { name: 'redis', variable: 'REDIS_URL', source: read.redis }, at, env),
    archivistUrl: () =>
      urlOf(file, { name: 'archivist', variable: 'COUNTERSIGN_ARCHIVIST_URL', source: read.archivist }, at, env),
    witnessUrl: () =>
      urlOf(file, { name: 'witness', variable: 'COUNTERSIGN_WITNESS_URL', source: read.witness }, at, env),
  };
}

function locate(given: string | undefined, cwd: string): string {
  if (given !== undefined && given !== '') {
    const path = resolve(cwd, given);
    if (existsSync(path)) return path;
    throw new CliError('config.missing', {
      message: 'the configuration is not there',
      path,
      expected: 'a file',
      got: 'nothing',
    });
  }
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const path = join(folder, CONFIG_NAME);
    if (existsSync(path)) return path;
    if (dirname(folder) === folder) break;
  }
  throw new CliError('config.missing', {
    message: `no ${CONFIG_NAME} here or above; countersign init DIR makes one, --config names one`,
    path: resolve(cwd),
    expected: CONFIG_NAME,
    got: 'nothing',
  });
}

function parse(file: string): JsonValue {
  try {
    return readJson(readFileSync(file));
  } catch (error) {
    if (!hasCode(error))
      throw new CliError(
        'config.missing',
        { message: 'the configuration cannot be read', path: file },
        { cause: error },
      );
    const { expected, got, path } = error;
    throw new CliError('config.malformed', {
      message: `the configuration is not JSON (${error.code} at ${path})`,
      path: file,
      expected,
      got,
    });
  }
}

/** What stands in the file is not repeated: somebody may have put a password there. */
function shaped(file: string, value: JsonValue): z.infer<typeof configSchema> {
  try {
    return readShape(configSchema, value);
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    const wrong = error.problems.map(({ path, expected }) => `${path} (expected ${expected})`);
    throw new CliError('config.malformed', {
      message: `the configuration is not of its shape: ${wrong.join(', ')}`,
      path: file,
    });
  }
}

interface UrlPlace {
  /** Member of the configuration. */
  readonly name: string;
  /** Variable of the environment that goes before it. */
  readonly variable: string;
  readonly source: z.infer<typeof urlSource> | undefined;
}

function urlOf(file: string, place: UrlPlace, at: (relative: string) => string, env: NodeJS.ProcessEnv): string {
  const { name, variable, source } = place;
  const overriding = env[variable];
  if (overriding) return overriding;
  if (source === undefined) {
    throw missingUrl(file, place, `the configuration does not say where the Redis URL of ${name} is`);
  }
  if ('url_env' in source) {
    const url = env[source.url_env];
    if (url) return url;
    throw missingUrl(file, place, `the variable ${source.url_env} is not set`);
  }
  try {
    return readFileSync(at(source.url_file), 'utf8').trim();
  } catch {
    throw missingUrl(at(source.url_file), place, 'the file with the Redis URL cannot be read');
  }
}

function missingUrl(path: string, { name, variable }: UrlPlace, message: string): CliError {
  return new CliError('config.missing', {
    message,
    path,
    expected: `${variable}, ${name}.url_env or ${name}.url_file`,
    got: 'none of them',
  });
}
