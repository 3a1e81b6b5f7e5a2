import { createServer, type Server, type ServerResponse } from 'node:http';
import { WorkerError } from '../errors.ts';
import type { Metrics } from './metrics.ts';
import type { Readiness } from './readiness.ts';

export interface HealthAddress {
  readonly host: string;
  readonly port: number;
}

export interface HealthServer {
  close(): Promise<void>;
}

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/**
 * `/healthz`: this process lives and its event loop turns, whatever its servers do. `/readyz`: it could carry a decision
 * on now; 503 otherwise, with the code of each item that fails. `/metrics`: Prometheus text format.
 *
 * It has no authentication and tells nothing that is secret; whoever reaches the address may read it.
 *
 * @throws WorkerError `worker.configuration` where the address cannot be listened on
 */
export async function startHealthServer(
  { host, port }: HealthAddress,
  ready: () => Promise<Readiness>,
  { registry }: Metrics,
): Promise<HealthServer> {
  const pages: Readonly<Record<string, (response: ServerResponse) => Promise<void>>> = {
    '/healthz': async (response) => send(response, 200, 'text/plain; charset=utf-8', 'ok\n'),
    '/readyz': async (response) => {
      const answer = await ready();
      send(response, answer.ready ? 200 : 503, 'application/json', `${JSON.stringify(answer)}\n`);
    },
    '/metrics': async (response) => {
      // What the ledger's gauges say is as old as the last question, which a scrape therefore asks.
      await ready();
      send(response, 200, registry.contentType, await registry.metrics());
    },
  };
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    const page = pages[(request.url ?? '').split('?')[0] ?? ''];
    if (page === undefined) return send(response, 404, 'text/plain; charset=utf-8', '/healthz /readyz /metrics\n');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return send(response, 405, 'text/plain; charset=utf-8', 'GET\n');
    }
    page(response).catch(() => {
      if (!response.headersSent) send(response, 500, 'text/plain; charset=utf-8', 'failed\n');
    });
  });
  await listen(server, host, port);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { ...HEADERS, 'content-type': type }).end(body);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new WorkerError('worker.configuration', {
          message: 'the health address cannot be listened on',
          path: 'COUNTERSIGN_HEALTH_ADDRESS',
          expected: 'a free address of this machine',
          got: `${host}:${port}: ${error.code ?? 'an error'}`,
        }),
      );
    });
    server.listen(port, host, resolve);
  });
}
