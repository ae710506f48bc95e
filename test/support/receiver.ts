/**
 * A real HTTP server on the loopback interface that plays the customer's endpoint: it answers, stalls, drips, hangs up,
 * or speaks something that is not HTTP. Tests wait for what it receives, never for time to pass.
 */
import { EventEmitter } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';

/** How long a wait may last before it fails, in milliseconds. */
const patienceMs = 10_000;

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Unix milliseconds, when its last byte had arrived. */
  readonly at: number;
}

interface Answer {
  /** Default: 200. */
  readonly status?: number;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer;
  /** The answer is sent when this is fulfilled. */
  readonly delayUntil?: Promise<unknown>;
  readonly fault?: never;
}

export type Reply =
  | Answer
  /** Never answers and keeps the connection open. */
  | { readonly fault: 'hang' }
  /** Closes the connection before it answers. */
  | { readonly fault: 'hangUp' }
  /** Answers 200, then sends one byte of the body at a time and never ends it. */
  | { readonly fault: 'drip'; readonly everyMs: number }
  /** Answers 200, then sends the body as fast as it is read and never ends it. */
  | { readonly fault: 'endlessBody' };

/** Chooses the reply to each request; `index` counts the requests from 0. */
export type Behaviour = (request: ReceivedRequest, index: number) => Reply;

interface Connections {
  /** How many were ever accepted. */
  readonly opened: number;
  /** How many are open now. */
  readonly open: number;
  /** Fulfilled once at most this many are open. */
  untilOpenAtMost(count: number): Promise<void>;
  /** Fulfilled once this many were accepted. */
  untilOpened(count: number): Promise<void>;
}

export interface Receiver {
  /** Scheme, host and port, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** All requests so far, in the order in which they arrived. */
  readonly requests: readonly ReceivedRequest[];
  readonly connections: Connections;
  /** The first request that no earlier `next` has returned; waits for it. */
  next(): Promise<ReceivedRequest>;
  /** All requests, once there are this many. */
  waitFor(count: number): Promise<readonly ReceivedRequest[]>;
  respondWith(behaviour: Behaviour | Reply): void;
  close(): Promise<void>;
}

export interface ReceiverOptions {
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** PEM; serves HTTPS. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Starts a receiver on a free port. Without a behaviour it answers every request with an empty 200. */
export async function startReceiver(
  behaviour: Behaviour | Reply = {},
  { host = '127.0.0.1', tls }: ReceiverOptions = {},
): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  const arrivals = new EventEmitter().setMaxListeners(0);
  let respond = asBehaviour(behaviour);
  let returned = 0;

  const onRequest = (incoming: IncomingMessage, response: ServerResponse) => {
    // The sender may end a connection at any point: that is what many tests are about.
    incoming.on('error', () => {});
    response.on('error', () => {});
    collect(incoming, (request) => {
      requests.push(request);
      arrivals.emit('change');
      void play(respond(request, requests.length - 1), response);
    });
  };
  const server = tls ? createTlsServer(tls, onRequest) : createServer(onRequest);
  const connections = countConnections(server);
  const port = await listen(server, host);

  const waitFor = async (count: number) => {
    await waitUntil(
      arrivals,
      () => requests.length >= count,
      () => `the receiver got ${requests.length} of the ${count} requests waited for`,
    );
    return requests.slice();
  };
  return {
    url: `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    requests,
    connections,
    waitFor,
    next: async () => {
      const index = returned++;
      const request = (await waitFor(index + 1))[index];
      if (request === undefined) throw new Error('a request that had arrived is gone');
      return request;
    },
    respondWith: (next) => {
      respond = asBehaviour(next);
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

export interface RawReceiver {
  readonly url: string;
  readonly port: number;
  readonly connections: Connections;
  close(): Promise<void>;
}

/**
 * Starts a TCP server that leaves every byte to the test. `onData` is called with the text of each chunk, and with the
 * number of the connection it came on, counted from 0.
 */
export async function startRawReceiver(
  onData: (socket: Socket, text: string, connection: number) => void,
): Promise<RawReceiver> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createTcpServer((socket) => {
    const connection = accepted++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (chunk) => onData(socket, chunk.toString('latin1'), connection));
  });
  const connections = countConnections(server);
  const port = await listen(server, '127.0.0.1');
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    connections,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function asBehaviour(behaviour: Behaviour | Reply): Behaviour {
  return typeof behaviour === 'function' ? behaviour : () => behaviour;
}

function collect(incoming: IncomingMessage, done: (request: ReceivedRequest) => void): void {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () =>
    done({
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString('utf8'),
      at: Date.now(),
    }),
  );
}

async function play(reply: Reply, response: ServerResponse): Promise<void> {
  if (reply.fault === undefined) {
    await reply.delayUntil;
    response.writeHead(reply.status ?? 200, reply.headers).end(reply.body);
  } else if (reply.fault === 'hangUp') {
    response.destroy();
  } else if (reply.fault === 'drip') {
    response.writeHead(200);
    const drip = setInterval(() => response.write('.'), reply.everyMs);
    response.on('close', () => clearInterval(drip));
  } else if (reply.fault === 'endlessBody') {
    response.writeHead(200);
    pour(response);
  }
}

function pour(response: ServerResponse): void {
  const block = Buffer.alloc(16 * 1024, 'x');
  const fill = () => {
    while (!response.destroyed && response.write(block));
  };
  response.on('drain', fill);
  fill();
}

function countConnections(server: Server): Connections {
  const changes = new EventEmitter().setMaxListeners(0);
  let opened = 0;
  let open = 0;
  server.on('connection', (socket: Socket) => {
    opened += 1;
    open += 1;
    changes.emit('change');
    socket.on('close', () => {
      open -= 1;
      changes.emit('change');
    });
  });
  return {
    get opened() {
      return opened;
    },
    get open() {
      return open;
    },
    untilOpenAtMost: (count) =>
      waitUntil(
        changes,
        () => open <= count,
        () => `${open} connections are open, not at most ${count}`,
      ),
    untilOpened: (count) =>
      waitUntil(
        changes,
        () => opened >= count,
        () => `${opened} connections were accepted, not ${count}`,
      ),
  };
}

function listen(server: Server, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the receiver has no port'));
      else resolve(address.port);
    });
  });
}

function waitUntil(changes: EventEmitter, isTrue: () => boolean, describe: () => string): Promise<void> {
  if (isTrue()) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const check = () => {
      if (isTrue()) finish(resolve);
    };
    const finish = (settle: () => void) => {
      clearTimeout(bound);
      changes.off('change', check);
      settle();
    };
    const bound = setTimeout(
      () => finish(() => reject(new Error(`Waited ${patienceMs / 1000} s: ${describe()}`))),
      patienceMs,
    );
    changes.on('change', check);
  });
}
