/** How an endpoint can misbehave on a bare TCP connection: each way is a function that has the socket to itself. */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** Called once for each connection that was accepted. */
export type Misbehaviour = (socket: Socket) => void;

/** What is still wanted to be sent at once, in bytes; the rest waits until the other side has read. */
const blockBytes = 64 * 1024;
const requestStart = Buffer.from('POST ');

export interface BadEndpoint {
  readonly url: string;
  readonly port: number;
  /** How many connections were ever accepted. */
  readonly accepted: number;
  close(): Promise<void>;
}

/** With `tls` the socket is the one behind TLS. */
export async function startBadReceiver(plays: Misbehaviour, tls?: TlsOptions): Promise<BadEndpoint> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const serve = (socket: Socket) => {
    // The other side ends connections too: that is what it should do.
    socket.on('error', () => {});
    plays(socket);
  };
  const server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
  server.on('connection', (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const port = await listen(server);
  return {
    url: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    port,
    get accepted() {
      return accepted;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the receiver has no port'));
      else resolve(address.port);
    });
  });
}

/** Sends the text once a request, or its beginning, has arrived, and leaves the connection open for the next. */
export const answer =
  (text: string | Buffer): Misbehaviour =>
  (socket) => {
    let isFirst = true;
    socket.on('data', (chunk) => {
      if (isFirst || chunk.subarray(0, requestStart.length).equals(requestStart)) socket.write(text);
      isFirst = false;
    });
  };

/** The same, and then closes the connection. */
export const answerAndClose =
  (text: string): Misbehaviour =>
  (socket) =>
    onRequest(socket, () => socket.end(text));

/** The same, and then resets the connection. */
export const answerAndReset =
  (text: string): Misbehaviour =>
  (socket) =>
    onRequest(socket, () => socket.write(text, () => socket.resetAndDestroy()));

/** Answers and then repeats the text without end, as fast as it is read. */
export const pour =
  (head: string, text: string | Buffer): Misbehaviour =>
  (socket) => {
    const piece = Buffer.from(text);
    const block = Buffer.concat(
      Array.from({ length: Math.max(1, Math.floor(blockBytes / piece.length)) }, () => piece),
    );
    const fill = () => {
      while (!socket.destroyed && socket.write(block));
    };
    onRequest(socket, () => {
      socket.write(head);
      socket.on('drain', fill);
      fill();
    });
  };

/** Sends the text one byte at a time, from its beginning again when it is over. */
export const drip =
  (head: string, text: string, everyMs: number): Misbehaviour =>
  (socket) =>
    onRequest(socket, () => {
      socket.setNoDelay(true);
      socket.write(head);
      let sent = 0;
      const dripping = setInterval(() => socket.write(text.charAt(sent++ % text.length)), everyMs);
      socket.on('close', () => clearInterval(dripping));
    });

/** Answers the first request of a connection, and ends the connection when there is a second. */
export const answerOnce =
  (text: string, end: (socket: Socket) => void): Misbehaviour =>
  (socket) => {
    let requests = 0;
    socket.on('data', () => (requests++ === 0 ? socket.write(text) : end(socket)));
  };

/** Does something as soon as the connection is accepted, whatever the other side sends. */
export const atOnce =
  (act: (socket: Socket) => void): Misbehaviour =>
  (socket) => {
    socket.resume();
    act(socket);
  };

/** Accepts, reads, and never says anything. */
export const silence: Misbehaviour = (socket) => {
  socket.resume();
};

/** Accepts, and does not even read. */
export const deafness: Misbehaviour = (socket) => {
  socket.pause();
};

function onRequest(socket: Socket, act: () => void): void {
  socket.once('data', act);
  socket.resume();
}
