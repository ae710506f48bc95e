/** A name server on the loopback interface, over UDP and TCP, that answers each question as the test says at that moment. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { dnsAnswer, type NameAnswer, questionOf } from './name-answer.ts';

export interface Question {
  readonly name: string;
  readonly family: 4 | 6;
  readonly overTcp: boolean;
  /** The same one came before: whoever asks has not got the answer yet. */
  readonly isRepeated: boolean;
}

/** Null: it never answers. A function makes the bytes of the answer from those of the question. */
export type NameReply = NameAnswer | ((query: Buffer) => Buffer) | null;

export interface NameServer {
  /** `127.0.0.1:40000` */
  readonly address: string;
  /** All so far, in the order in which they came. */
  readonly questions: readonly Question[];
  close(): Promise<void>;
}

/** Answers over UDP may have so many bytes; a longer one has to be asked for over TCP. */
const datagramBytesMax = 512;

export async function startNameServer(reply: (question: Question) => NameReply): Promise<NameServer> {
  const questions: Question[] = [];
  const known = new Set<string>();
  const answerTo = (query: Buffer, overTcp: boolean, port = 0): Buffer | null => {
    const { id, name, family } = questionOf(query);
    const identity = [port, id, name, family].join();
    const question = { name, family, overTcp, isRepeated: known.has(identity) };
    known.add(identity);
    questions.push(question);
    const chosen = reply(question);
    return chosen === null || typeof chosen === 'function'
      ? (chosen?.(query) ?? null)
      : dnsAnswer(query, chosen);
  };

  const sockets = new Set<Socket>();
  const tcp = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onMessages(socket, (query) => {
      const answer = answerTo(query, true, socket.remotePort);
      if (answer !== null) socket.write(Buffer.concat([lengthOf(answer), answer]));
    });
  });
  tcp.listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const bound = tcp.address();
  if (bound === null || typeof bound === 'string') throw new Error('the name server has no port');

  const udp = createSocket('udp4', (query, { port, address }) => {
    const answer = answerTo(query, false, port);
    if (answer === null) return;
    const isTooLong = answer.length > datagramBytesMax;
    udp.send(isTooLong ? dnsAnswer(query, { isTruncated: true }) : answer, port, address);
  });
  udp.bind(bound.port, '127.0.0.1');
  await once(udp, 'listening');
  return {
    address: `127.0.0.1:${bound.port}`,
    questions,
    async close() {
      for (const socket of sockets) socket.destroy();
      await Promise.all([
        new Promise<void>((resolve) => udp.close(resolve)),
        new Promise((resolve) => tcp.close(resolve)),
      ]);
    },
  };
}

/** Over TCP each message has its length before it. */
function onMessages(socket: Socket, hear: (message: Buffer) => void): void {
  let received = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE()) {
      const end = 2 + received.readUInt16BE();
      hear(received.subarray(2, end));
      received = received.subarray(end);
    }
  });
}

function lengthOf(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return length;
}
