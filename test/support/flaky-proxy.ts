/** The network between a service and its database: passes bytes on, late, not at all, or cut off in the middle. */
import { createConnection, createServer, type Socket } from 'node:net';

export type Direction = 'toServer' | 'toClient';

export interface FlakyProxy {
  /** The database's URL, by way of this proxy. */
  readonly url: string;
  /** Every chunk of bytes takes so much longer from now on, in both directions. */
  delay(milliseconds: number): void;
  /** Nothing arrives any more in these directions: on open connections, or also on those to come. */
  stall(directions: readonly Direction[], connections: 'open' | 'all'): void;
  /** What was stalled arrives, and all else passes again. */
  pass(): void;
  /** Resets every connection; new ones pass or not as before. @returns how many there were */
  cut(): number;
  /** The next answer of the server arrives by half, then its connection is reset. */
  cutNextAnswer(): Promise<void>;
  close(): Promise<void>;
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  readonly stalled: Set<Direction>;
  /** In the order in which it is to arrive. */
  readonly held: { readonly direction: Direction; readonly chunk: Buffer }[];
}

export async function startFlakyProxy(databaseUrl: string): Promise<FlakyProxy> {
  const target = new URL(databaseUrl);
  const links = new Set<Link>();
  let delayMs = 0;
  let stalledAtOpening: readonly Direction[] = [];
  let onAnswerCut: (() => void) | null = null;

  const proxy = createServer({ allowHalfOpen: false }, (client) => {
    const server = createConnection({ host: target.hostname, port: Number(target.port) });
    const link: Link = { client, server, stalled: new Set(stalledAtOpening), held: [] };
    links.add(link);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      // An end is news too, and does not pass where nothing does.
      socket.on('close', () => {
        if (link.stalled.size === 0 || socket === client) drop(link);
      });
      socket.on('error', () => {});
    }
    client.on('data', (chunk: Buffer) => forward(link, 'toServer', chunk));
    server.on('data', (chunk: Buffer) => forward(link, 'toClient', chunk));
  });

  function forward(link: Link, direction: Direction, chunk: Buffer): void {
    if (link.stalled.has(direction)) link.held.push({ direction, chunk });
    else if (direction === 'toClient' && onAnswerCut !== null) cutWithin(link, chunk, onAnswerCut);
    else if (delayMs > 0) setTimeout(() => arrive(link, direction, chunk), delayMs);
    else arrive(link, direction, chunk);
  }

  function arrive(link: Link, direction: Direction, chunk: Buffer): void {
    const socket = direction === 'toServer' ? link.server : link.client;
    if (!socket.destroyed) socket.write(chunk);
  }

  function cutWithin(link: Link, chunk: Buffer, done: () => void): void {
    onAnswerCut = null;
    link.client.write(chunk.subarray(0, Math.ceil(chunk.length / 2)), () => {
      drop(link);
      done();
    });
  }

  function drop(link: Link): void {
    links.delete(link);
    link.client.resetAndDestroy();
    link.server.resetAndDestroy();
  }

  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const url = new URL(databaseUrl);
  url.port = String(address.port);
  return {
    url: url.href,
    delay(milliseconds) {
      delayMs = milliseconds;
    },
    stall(directions, connections) {
      for (const link of links) for (const direction of directions) link.stalled.add(direction);
      if (connections === 'all') stalledAtOpening = directions;
    },
    pass() {
      delayMs = 0;
      stalledAtOpening = [];
      for (const link of links) {
        link.stalled.clear();
        for (const { direction, chunk } of link.held.splice(0)) arrive(link, direction, chunk);
      }
    },
    cut() {
      const count = links.size;
      for (const link of links) drop(link);
      return count;
    },
    cutNextAnswer: () =>
      new Promise((resolve) => {
        onAnswerCut = resolve;
      }),
    close() {
      for (const link of links) drop(link);
      return new Promise((resolve) => proxy.close(() => resolve()));
    },
  };
}
