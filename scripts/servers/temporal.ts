import { mkdirSync } from 'node:fs';
import { connect } from 'node:http2';
import { join } from 'node:path';
import { env } from 'node:process';

import { freePort } from './free-port.ts';
import { temporalPath } from './paths.ts';
import { startSupervised } from './supervise.ts';
import { withPortRetry } from './with-port-retry.ts';

export interface TemporalOptions {
  /** Where the log and, unless `dbFile` says otherwise, the database live; made if missing. */
  readonly dataDir: string;
  /** The database. A server started again on the same file knows the same workflows. */
  readonly dbFile?: string | undefined;
  /** Fixed ports, for a restart under the same address; without them free ones are found. */
  readonly port?: number | undefined;
  readonly uiPort?: number | undefined;
  /** The web UI; on by default. */
  readonly ui?: boolean | undefined;
  /** Name to type (`Keyword`, `Datetime`, …), registered in the default namespace at start. */
  readonly searchAttributes?: Readonly<Record<string, string>> | undefined;
  /** Further settings of the server, e.g. a lower `limit.historyCount.suggestContinueAsNew`. */
  readonly dynamicConfig?: Readonly<Record<string, string>> | undefined;
  /** Progress for a person, a line at a time. */
  readonly log?: ((line: string) => void) | undefined;
  /** For tests of the retry. */
  readonly choosePort?: (() => Promise<number>) | undefined;
}

export interface TemporalServer {
  /** `host:port` of the gRPC frontend. */
  readonly address: string;
  /** Undefined without a UI, and for a server that was not started here unless TEMPORAL_UI_URL names one. */
  readonly uiUrl: string | undefined;
  /** Undefined for a server that was not started here. */
  readonly pid: number | undefined;
  /** To hand to the next start, for a restart under the same address; undefined for a server not started here. */
  readonly port: number | undefined;
  /** Stops what was started here; a server named by TEMPORAL_ADDRESS is left alone. */
  readonly stop: () => Promise<void>;
  /** SIGKILL, as a crash would. Does nothing to a server named by TEMPORAL_ADDRESS. */
  readonly kill: () => Promise<void>;
}

const HEALTH_TIMEOUT_MS = 1_000;

/**
 * A Temporal service to work with: the one TEMPORAL_ADDRESS names, else a development server on
 * loopback ports, which ends with this process.
 *
 * @throws ServerError
 */
export async function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  const log = options.log ?? (() => undefined);
  const given = env['TEMPORAL_ADDRESS'];
  if (given !== undefined && given !== '') {
    log(`Temporal: using ${given} (TEMPORAL_ADDRESS)`);
    const nothing = async () => undefined;
    const unowned = { pid: undefined, port: undefined, stop: nothing, kill: nothing };
    return { address: given, uiUrl: env['TEMPORAL_UI_URL'], ...unowned };
  }
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const start = () => startDevelopmentServer(options, log);
  return options.port === undefined ? withPortRetry(start, log) : start();
}

async function startDevelopmentServer(options: TemporalOptions, log: (line: string) => void): Promise<TemporalServer> {
  const choosePort = options.choosePort ?? freePort;
  const port = options.port ?? (await choosePort());
  const uiPort = options.ui === false ? undefined : (options.uiPort ?? (await freePort()));
  const address = `127.0.0.1:${port}`;
  const server = await startSupervised({
    name: 'Temporal',
    binary: temporalPath(),
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'error'],
      ...['--db-filename', options.dbFile ?? join(options.dataDir, 'temporal.db')],
      // The development server has one shard, polled 20 times a second by default: a hidden 50 ms for
      // every workflow task. With this, six activities in a row took 61-72 ms instead of 346.
      ...['--dynamic-config-value', 'history.transferProcessorMaxPollRPS=1000'],
      ...Object.entries(options.dynamicConfig ?? {}).flatMap(([name, value]) => [
        '--dynamic-config-value',
        `${name}=${value}`,
      ]),
      ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort), '--ui-disable-news-fetch']),
      ...Object.entries(options.searchAttributes ?? {}).flatMap(([name, type]) => [
        '--search-attribute',
        `${name}=${type}`,
      ]),
    ],
    logFile: join(options.dataDir, 'temporal.log'),
    // The banner is printed by our own process once it listens, so another server on the port cannot answer for it.
    ready: async (printed) => printed.includes('Temporal Server:') && (await isServing(address)),
  });
  const uiUrl = uiPort === undefined ? undefined : `http://127.0.0.1:${uiPort}`;
  log(`Temporal: ${address}${uiUrl === undefined ? '' : `, web UI ${uiUrl}`}`);
  return { address, uiUrl, pid: server.pid, port, stop: server.stop, kill: server.kill };
}

/** The gRPC health protocol, by hand: one request, one answer, no gRPC library. */
async function isServing(address: string): Promise<boolean> {
  const service = Buffer.from('temporal.api.workflowservice.v1.WorkflowService');
  // HealthCheckRequest { 1: service }, in a gRPC frame: not compressed, length, message.
  const message = Buffer.concat([Buffer.from([0x0a, service.length]), service]);
  const frame = Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]);
  // HealthCheckResponse { 1: SERVING = 1 }
  const serving = Buffer.from([0, 0, 0, 0, 2, 0x08, 0x01]);

  const session = connect(`http://${address}`);
  try {
    return await new Promise<boolean>((resolve) => {
      const no = () => resolve(false);
      session.once('error', no).setTimeout(HEALTH_TIMEOUT_MS, no);
      const stream = session.request({
        ':method': 'POST',
        ':path': '/grpc.health.v1.Health/Check',
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.once('error', no);
      stream.once('end', () => resolve(Buffer.concat(chunks).equals(serving)));
      stream.end(frame);
    });
  } finally {
    session.destroy();
  }
}
