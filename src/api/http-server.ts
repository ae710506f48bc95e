/**
 * The HTTP server, with a bound on all that a client can take by being slow or many: each is a matter of time or of
 * sockets, because requests that arrive are limited elsewhere.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** From the opening of a connection, or the first byte of a later request, to the end of the headers. */
const headersTimeoutMs = 10_000;
/** From the first byte of a request to its last. */
const requestTimeoutMs = 60_000;
/** How much later than its time a slow client may be noticed. */
const checkEveryMs = 2_000;
/** Longer than the minute that proxies commonly keep an idle connection for, so that it is they who close it. */
const keepAliveMs = 72_000;
/**
 * Nothing sent and nothing read: a client that does not take its answer. Longer than the longest silence of an honest
 * one, which waits for the test of a webhook with the largest timeout.
 */
const silenceMs = 150_000;
/** Of one process. Beyond, a connection is closed at once, so that files and memory are left for deliveries. */
const connectionsMax = 4_000;
/**
 * Of one connection, sent without waiting for answers; for more it is closed. The answers to thousands of requests, which
 * fit into a few kilobytes, would be kept for a client that reads none of them.
 */
const unansweredMax = 100;

type RequestHandler = Parameters<typeof createServer>[1];

export function createHttpServer(handle: RequestHandler): Server {
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: checkEveryMs,
      keepAliveTimeout: keepAliveMs,
      // Its absence would be answered without an envelope, and nothing here depends on it.
      requireHostHeader: false,
    },
    boundByConnection(handle),
  );
  server.setTimeout(silenceMs);
  server.maxConnections = connectionsMax;
  // An expectation may be ignored (RFC 9110, 10.1.1); refused, it would be answered without an envelope.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  return server;
}

function boundByConnection(
  handle: RequestHandler,
): (request: IncomingMessage, response: ServerResponse) => void {
  const unanswered = new WeakMap<Socket, number>();
  return (request, response) => {
    const { socket } = request;
    const count = (unanswered.get(socket) ?? 0) + 1;
    if (count > unansweredMax) {
      socket.destroy();
      return;
    }
    unanswered.set(socket, count);
    response.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1));
    handle?.(request, response);
  };
}
