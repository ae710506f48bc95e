/** HTTP/1.1 by hand over a kept connection: sends what no client library would, byte for byte. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/**
 * How long an answer may take, in milliseconds: an attack that stops the service fails here. Longer than the minute that a
 * body may take: Node overlooks a broken chunk of a request that asks for an upgrade.
 */
const patienceMs = 75_000;

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case; of repeated ones the last. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** Bytes after it: of a second answer, to a request that was broken in the middle. */
  readonly excess: number;
}

export interface RawConnection {
  /** The answer to these bytes, which hold one request; a HEAD is answered without the body it announces. */
  exchange(request: Buffer, method: string): Promise<RawAnswer>;
  /** False once it cannot carry another request. */
  isOpen(): boolean;
  close(): void;
}

async function openRawConnection(port: number): Promise<RawConnection> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.setNoDelay(true);
  let isOpen = true;
  socket.on('close', () => {
    isOpen = false;
  });
  // What went wrong is seen by whoever waits for an answer.
  socket.on('error', () => {});
  return {
    async exchange(request, method) {
      socket.write(request);
      const answer = await readAnswer(socket, method);
      if (answer.headers.get('connection') === 'close') isOpen = false;
      return answer;
    },
    isOpen: () => isOpen,
    close() {
      isOpen = false;
      socket.destroy();
    },
  };
}

function readAnswer(socket: Socket, method: string): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      socket.off('data', take).off('close', fail);
      settle();
    };
    const fail = () =>
      finish(() =>
        reject(new Error(`closed without an answer, after ${JSON.stringify(received.toString())}`)),
      );
    const timer = setTimeout(() => {
      finish(() => reject(new Error(`no answer within ${patienceMs} ms`)));
    }, patienceMs);
    const take = (chunk: Buffer) => {
      received = withoutInterim(Buffer.concat([received, chunk]));
      try {
        const answer = wholeAnswer(received, method);
        if (answer !== null) finish(() => resolve(answer));
      } catch (error) {
        finish(() => reject(error));
      }
    };
    socket.on('data', take).on('close', fail);
    if (socket.destroyed) fail();
  });
}

/** Skips `100 Continue`. */
function withoutInterim(received: Buffer): Buffer {
  const isInterim = received.subarray(0, 12).toString('latin1').startsWith('HTTP/1.1 1');
  const end = received.indexOf('\r\n\r\n');
  return isInterim && end !== -1 ? withoutInterim(received.subarray(end + 4)) : received;
}

/** Null while there is more to come. */
function wholeAnswer(received: Buffer, method: string): RawAnswer | null {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd === -1) return null;
  const [statusLine = '', ...lines] = received.subarray(0, headEnd).toString('latin1').split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})(?: |$)/.exec(statusLine)?.[1]);
  const headers = new Map(lines.map(headerOf));
  const length = method === 'HEAD' || status === 204 ? 0 : Number(headers.get('content-length') ?? 0);
  const body = received.subarray(headEnd + 4);
  if (body.length < length) return null;
  if (Number.isNaN(status) || headers.has('transfer-encoding')) {
    throw new Error(`not an answer: ${received.subarray(0, 2000).toString()}`);
  }
  return { status, headers, body: body.subarray(0, length).toString('utf8'), excess: body.length - length };
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

/** As many connections as there are requests at a time; one that the service closed is replaced. */
export interface RawClient {
  /** @param closes give the connection up afterwards */
  send(request: Buffer, method: string, closes?: boolean): Promise<RawAnswer>;
  close(): void;
}

export function createRawClient(port: number): RawClient {
  const idle: RawConnection[] = [];
  return {
    async send(request, method, closes = false) {
      let connection = idle.pop();
      while (connection !== undefined && !connection.isOpen()) connection = idle.pop();
      connection ??= await openRawConnection(port);
      try {
        return await connection.exchange(request, method);
      } catch (error) {
        connection.close();
        throw error;
      } finally {
        if (connection.isOpen() && !closes) idle.push(connection);
        else connection.close();
      }
    },
    close() {
      for (const connection of idle) connection.close();
    },
  };
}
