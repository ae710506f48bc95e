/** Listens on every address of this machine and counts who connects to which: to most of them nobody may. */
import { createServer, type Socket } from 'node:net';

export interface ConnectionCounter {
  readonly port: number;
  readonly connections: number;
  /** The addresses that were connected to, in order, each time. */
  readonly reached: readonly string[];
  close(): Promise<void>;
}

export async function startConnectionCounter(): Promise<ConnectionCounter> {
  const sockets = new Set<Socket>();
  const reached: string[] = [];
  const server = createServer((socket) => {
    reached.push((socket.localAddress ?? 'unknown').replace(/^::ffff:/, ''));
    sockets.add(socket);
    socket.on('error', () => {});
    socket.end('HTTP/1.1 500 Reached\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
  });
  // Without a host: IPv6 and IPv4 where there are both.
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the listener has no port');
  return {
    port: address.port,
    get connections() {
      return reached.length;
    },
    reached,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
