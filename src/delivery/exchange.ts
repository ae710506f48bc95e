/**
 * One request and its response, from the look-up to the last byte or the deadline. It settles exactly once, whatever
 * the endpoint or undici does, and then gives its connection back or ends it. The `on…` methods are undici's handler.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { AttemptReply } from '../domain/delivery.ts';
import { createResponseReader } from './response-reader.ts';
import { describeExchangeError, isClosedByEndpoint } from './send-failure.ts';

export interface SendRequest {
  /** Absolute, http or https. A user name and password in it are not sent. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** One deadline over look-up, connection, TLS, headers and body. */
  readonly timeoutMs: number;
}

/** Carries one exchange at a time, so that ending it ends nothing else. */
export interface Connection {
  readonly origin: string;
  /** Whether its socket has carried an exchange before. */
  isReused: boolean;
  /** Whether the endpoint has accepted the connection and TLS is not established yet. */
  readonly isInHandshake: boolean;
  /** Whether the endpoint has said that it will send no more. */
  readonly hasEnded: boolean;
  post(request: { path: string; headers: SendRequest['headers']; body: string }, exchange: Exchange): void;
  /** What is not written by now is never written. Fulfilled when the socket is closed. */
  destroy(): Promise<void>;
}

/** Where an exchange gets its connection and leaves it. */
export interface Connections {
  /** One that waits for its next request, or a new one. */
  take(origin: string): Connection;
  open(origin: string): Connection;
  keep(connection: Connection): void;
  discard(connection: Connection): void;
}

/** Of everything before the body: status line, headers, interim answers. */
const headBytesMax = 16 * 1024;
/** Of everything: a body within its bound may be surrounded by as much again, several times, when its chunks are small. */
const wireBytesMax = 1024 * 1024;

export class Exchange {
  readonly #connections: Connections;
  readonly #request: SendRequest;
  readonly #settle: (reply: AttemptReply) => void;
  readonly #reader = createResponseReader();
  #connection: Connection | null = null;
  #deadline: NodeJS.Timeout | undefined;
  #isSettled = false;
  #isWritten = false;
  #isAnswered = false;

  constructor(connections: Connections, request: SendRequest, settle: (reply: AttemptReply) => void) {
    this.#connections = connections;
    this.#request = request;
    this.#settle = settle;
  }

  start(): void {
    const target = targetOf(this.#request.url);
    if (target === null) {
      this.fail('The endpoint URL is not a valid HTTP or HTTPS URL');
      return;
    }
    this.#deadline = setTimeout(() => this.fail(this.#lateness()), this.#request.timeoutMs);
    this.#post(this.#connections.take(target.origin), target);
  }

  /** Ends the exchange at once, without a response. */
  fail(sentence: string): void {
    this.#finish({ statusCode: null, responseBody: null, retryAfter: null, error: sentence }, 'discard');
  }

  onRequestStart(): void {
    this.#isWritten = true;
  }

  /** The first byte of a response has arrived. */
  onResponseStarted(): void {
    this.#isAnswered = true;
  }

  /**
   * What has arrived and was parsed since the request was posted. undici counts the names and values of headers only;
   * whatever else an endpoint may send without end is bounded here.
   */
  onBytesReceived(count: number): void {
    if (!this.#reader.hasStatus) {
      if (count > headBytesMax) this.fail('The endpoint sent more than 16 KiB before the body of its answer');
    } else if (count > wireBytesMax) this.#finish(this.#reader.reply(), 'discard');
  }

  onResponseStart(_controller: unknown, statusCode: number, headers: IncomingHttpHeaders): void {
    this.#reader.readHead(statusCode, headers);
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    if (!this.#reader.readBody(chunk)) this.#finish(this.#reader.reply(), 'discard');
  }

  onResponseEnd(): void {
    this.#finish(this.#reader.reply(), 'keep');
  }

  onResponseError(_controller: unknown, error: Error): void {
    if (this.#isSettled) return;
    if (this.#isStaleConnection(error)) this.#repeat();
    else this.fail(describeExchangeError(error, this.#stage()));
  }

  #post(connection: Connection, { path }: Target): void {
    this.#connection = connection;
    const { headers, body } = this.#request;
    connection.post({ path, headers, body }, this);
  }

  /** An endpoint may close an idle connection in the very moment in which the next request is written to it. */
  #isStaleConnection(error: Error): boolean {
    return this.#connection?.isReused === true && !this.#isAnswered && isClosedByEndpoint(error);
  }

  /** At most once: a fresh connection is not reused. */
  #repeat(): void {
    this.#isWritten = false;
    if (this.#connection !== null) this.#connections.discard(this.#connection);
    const target = targetOf(this.#request.url);
    if (target !== null) this.#post(this.#connections.open(target.origin), target);
  }

  #finish(reply: AttemptReply, connectionIs: 'keep' | 'discard'): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#deadline);
    if (this.#connection !== null) this.#connections[connectionIs](this.#connection);
    this.#settle(reply);
  }

  #stage(): { hasStatus: boolean; hasEnded: boolean } {
    return { hasStatus: this.#reader.hasStatus, hasEnded: this.#connection?.hasEnded ?? true };
  }

  #lateness(): string {
    const limit = `${this.#request.timeoutMs / 1000} s`;
    if (!this.#isWritten && this.#connection?.isInHandshake)
      return `The endpoint did not finish the TLS handshake within ${limit}`;
    if (!this.#isWritten) return `No connection to the endpoint was made within ${limit}`;
    if (!this.#reader.hasStatus) return `The endpoint did not answer within ${limit}`;
    return `The endpoint did not finish its answer within ${limit}`;
  }
}

interface Target {
  readonly origin: string;
  /** With the query. */
  readonly path: string;
}

/** About 300 bytes each; forgotten all at once, since making one again is cheap. */
const targetsMax = 10_000;
const targets = new Map<string, Target>();

/** Null: not an http or https URL. */
function targetOf(url: string): Target | null {
  const known = targets.get(url);
  if (known !== undefined) return known;
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return null;
  const target = { origin: parsed.origin, path: parsed.pathname + parsed.search };
  if (targets.size >= targetsMax) targets.clear();
  targets.set(url, target);
  return target;
}
