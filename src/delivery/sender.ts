/**
 * Makes the POST of one attempt and says what came of it; the only user of outbound HTTP. Whatever the endpoint does,
 * an answer is there by the deadline, what is read and held is bounded, and a bad endpoint is data, never an exception.
 */
import type { Socket } from 'node:net';
import { Client } from 'undici';
import type { AttemptReply } from '../domain/delivery.ts';
import { type Connector, type ConnectorOptions, createConnector } from './connector.ts';
import { type Connection, type Connections, Exchange, type SendRequest } from './exchange.ts';
import { createIdleConnections } from './idle-connections.ts';
import { readInPieces } from './read-in-pieces.ts';

/** Connections kept open for their next request, over all origins together. */
const idleConnectionsMax = 512;
/** The longest that an endpoint's Keep-Alive header can have one of them wait, in milliseconds. */
const keepAliveMsMax = 60_000;

/** Reached by trailers only: the exchange counts what comes before the body. */
const trailerBytesMax = 32 * 1024;

export interface Sender {
  /** Never rejects. Written once, but for an idle connection that fails: see docs/decisions/0002-sender.md. */
  send(request: SendRequest): Promise<AttemptReply & { readonly durationMs: number }>;
  /** Closes all connections at once; what is still being sent is answered with an error. */
  close(): Promise<void>;
}

export interface SenderOptions extends ConnectorOptions {
  /** Milliseconds, of a clock that is never set. */
  readonly clock: { now(): number };
}

export function createSender({ clock, ...options }: SenderOptions): Sender {
  const connections = createConnections(options);
  const exchanges = new Set<Exchange>();
  let isClosed = false;
  const stop = (exchange: Exchange) => exchange.fail('The service stopped before the endpoint answered');

  return {
    send: (request) =>
      new Promise((resolve) => {
        const startedAt = clock.now();
        const exchange = new Exchange(connections, request, (reply) => {
          exchanges.delete(exchange);
          resolve({ ...reply, durationMs: Math.round(clock.now() - startedAt) });
        });
        exchanges.add(exchange);
        if (isClosed) stop(exchange);
        else exchange.start();
      }),
    async close() {
      isClosed = true;
      for (const exchange of exchanges) stop(exchange);
      await connections.close();
    },
  };
}

function createConnections(options: ConnectorOptions): Connections & { close(): Promise<void> } {
  const connect = createConnector(options);
  const all = new Set<Connection>();
  const idle = createIdleConnections<Connection>(idleConnectionsMax);

  const discard = (connection: Connection): void => {
    void connection.destroy().then(() => all.delete(connection));
  };
  const open = (origin: string): Connection => {
    const connection = openConnection(origin, connect, () => {
      if (idle.remove(connection)) discard(connection);
    });
    all.add(connection);
    return connection;
  };
  return {
    open,
    discard,
    take: (origin) => idle.take(origin) ?? open(origin),
    keep(connection) {
      connection.isReused = true;
      const surplus = idle.keep(connection);
      if (surplus !== null) discard(surplus);
    },
    async close() {
      await Promise.all([...all].map((connection) => connection.destroy()));
    },
  };
}

function openConnection(origin: string, connect: Connector, onDisconnect: () => void): Connection {
  let socket: Socket | null = null;
  let isConnected = false;
  let current: Exchange | null = null;
  let bytesReceived = 0;
  const client = new Client(origin, {
    // The deadline of the exchange is the only one.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveMaxTimeout: keepAliveMsMax,
    maxHeaderSize: trailerBytesMax,
    connect: (target, callback) => {
      socket = connect(target, callback);
    },
  });
  const connection: Connection = {
    origin,
    isReused: false,
    get isInHandshake() {
      return socket !== null && !socket.connecting && !isConnected;
    },
    get hasEnded() {
      return socket === null || socket.readableEnded;
    },
    post: (request, exchange) => {
      current = exchange;
      bytesReceived = 0;
      client.dispatch({ ...request, method: 'POST' }, exchange);
    },
    async destroy() {
      // The socket too: while it is still connecting, undici does not know it.
      socket?.destroy();
      await client.destroy();
    },
  };
  client.on('connect', () => {
    isConnected = true;
    if (socket === null) return;
    readInPieces(socket, (bytes) => {
      bytesReceived += bytes;
      current?.onBytesReceived(bytesReceived);
    });
  });
  client.on('disconnect', () => {
    isConnected = false;
    connection.isReused = false;
    onDisconnect();
  });
  return connection;
}
