import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * A TCP proxy in front of a server, for what is told apart from the outside only: "failed and not stored", "failed but
 * stored", and a server that is away for a while.
 */
export interface CuttingProxy {
  readonly port: number;
  /**
   * What happens to the next exchange whose request contains `marker`, once.
   * `before`: the client's socket is cut and the request never reaches the server.
   * `after`: the request reaches the server, and the client's socket is cut when the reply comes.
   * `silence`: the request reaches the server, and no reply ever comes.
   */
  cutNext(where: 'before' | 'after' | 'silence', marker: string): void;
  /** How many exchanges were cut, of those that {@link cutNext} asked for. */
  cuts(): number;
  /** Cuts every open connection now. */
  cutAll(): void;
  close(): Promise<void>;
}

type Where = Parameters<CuttingProxy['cutNext']>[0];

/** @param port where it listens: a free one unless given */
export async function startCuttingProxy(upstreamPort: number, port = 0): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let armed: { where: Where; marker: string } | undefined;
  let cuts = 0;

  const server = createServer((client) => {
    const upstream = connect(upstreamPort, '127.0.0.1');
    let holding: Where | undefined;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    client.on('close', () => {
      // A request that was let through is carried out; the server must not be told first that its client has gone.
      if (holding === undefined) upstream.destroy();
      else setTimeout(() => upstream.destroy(), 200);
    });
    upstream.on('close', () => client.destroy());
    client.on('data', (chunk) => {
      if (armed !== undefined && chunk.toString('latin1').toUpperCase().includes(armed.marker)) {
        holding = armed.where;
        armed = undefined;
        cuts += 1;
        if (holding === 'before') {
          client.destroy();
          return;
        }
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (holding === undefined) client.write(chunk);
      else if (holding === 'after') client.destroy();
    });
  });

  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cutNext: (where, marker) => {
      armed = { where, marker };
    },
    cuts: () => cuts,
    cutAll,
    close: async () => {
      cutAll();
      server.close();
      await once(server, 'close');
    },
  };
}
