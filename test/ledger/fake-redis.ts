import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A server that says what a test tells it to, for the answers that a real one cannot be brought to give on demand. */
export interface FakeRedis {
  readonly port: number;
  close(): Promise<void>;
}

/** `answer` gets each command's name in capitals and gives the RESP2 reply, without the last line end. */
export async function startFakeRedis(answer: (command: string) => string): Promise<FakeRedis> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.setEncoding('latin1').on('data', (text: string) => {
      for (const [, name = ''] of text.matchAll(/\*[0-9]+\r\n\$[0-9]+\r\n([A-Za-z]+)\r\n/g)) {
        socket.write(`${answer(name.toUpperCase())}\r\n`);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

export function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}`;
}

function array(...items: string[]): string {
  return [`*${items.length}`, ...items.map(bulk)].join('\r\n');
}

/** What a server answers that confirms every append. */
export function healthy(command: string): string {
  switch (command) {
    case 'CONFIG':
      return array(
        ...['appendonly', 'yes', 'appendfsync', 'always'],
        ...['no-appendfsync-on-rewrite', 'no', 'maxmemory-policy', 'noeviction'],
      );
    case 'INFO':
      return bulk('loading:0\r\naof_last_write_status:ok\r\nrole:master\r\n');
    case 'EVALSHA':
      return array('APPENDED', '1');
    default:
      return ':1';
  }
}
