/**
 * What endpoints that misbehave send, and what the owner of the webhook is told: the sentences that stand in the
 * delivery log, to be read by a person.
 */
import { gzipSync } from 'node:zlib';
import {
  answer,
  answerAndClose,
  answerAndReset,
  answerOnce,
  atOnce,
  deafness,
  drip,
  type Misbehaviour,
  pour,
  silence,
} from './bad-receiver.ts';

export interface BadReceiver {
  readonly name: string;
  readonly plays: Misbehaviour;
  /** Of the log; null: none arrived. */
  readonly status: number | null;
  /** Of the log; null: it was delivered. */
  readonly message: string | null;
}

const ok = 'HTTP/1.1 200 OK\r\n';
const invalid = 'The endpoint did not answer with valid HTTP';
const closedBefore = 'The endpoint closed the connection before it answered';
const closedWithin = 'The endpoint closed the connection before its answer was complete';
const silent = 'The endpoint did not answer within 5 s';
const unfinished = 'The endpoint did not finish its answer within 5 s';
const trailersTooLarge = 'The endpoint sent more than 32 KiB of headers after the body of its answer';
const headTooLarge = 'The endpoint sent more than 16 KiB before the body of its answer';

function refused(message: string, cases: Readonly<Record<string, Misbehaviour>>): BadReceiver[] {
  return Object.entries(cases).map(([name, plays]) => ({ name, plays, status: null, message }));
}

function delivered(cases: Readonly<Record<string, Misbehaviour>>): BadReceiver[] {
  return Object.entries(cases).map(([name, plays]) => ({ name, plays, status: 200, message: null }));
}

function answered(status: number, name: string, plays: Misbehaviour): BadReceiver {
  return { name, plays, status, message: `The endpoint answered ${status}` };
}

const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));

/** Come to an end by the deadline only. */
export const slowReceivers: readonly BadReceiver[] = [
  ...refused(silent, {
    'accepts and never answers': silence,
    'accepts and does not read': deafness,
    'drips the status line': drip('HTTP/1.1 200 ', 'O', 50),
    'drips header lines': drip(ok, 'x-slow: 1\r\n', 50),
    'drips the name of a header': drip(ok, 'x', 50),
    'drips interim answers': drip('', 'HTTP/1.1 103 Early Hints\r\n\r\n', 5),
    'stops after the status line': answer(ok),
    'stops within its headers': answer(`${ok}content-length: 2\r\nx-he`),
    'stops after an interim answer': answer('HTTP/1.1 102 Processing\r\n\r\n'),
    'sends blank lines only': drip('\r\n', '\r\n', 50),
    'has thousands of empty headers and stops': answer(ok + 'a:\r\n'.repeat(4_000)),
  }),
  ...refused(unfinished, {
    'drips its body': drip(`${ok}content-length: 100000\r\n\r\n`, '.', 50),
    'drips chunks': drip(`${ok}transfer-encoding: chunked\r\n\r\n`, '1\r\n.\r\n', 20),
    'drips a body without a length': drip(`${ok}connection: close\r\n\r\n`, '.', 50),
    'drips trailers': drip(`${ok}transfer-encoding: chunked\r\n\r\n0\r\n`, 'x: y\r\n', 50),
    'stops within its body': answer(`${ok}content-length: 100\r\n\r\nhalf`),
    'stops within a chunk': answer(`${ok}transfer-encoding: chunked\r\n\r\nff\r\nhalf`),
    'never sends the last chunk': answer(`${ok}transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n`),
    'drips an error of the server': drip('HTTP/1.1 500 No\r\ncontent-length: 9999\r\n\r\n', '.', 50),
  }),
];

const endless: readonly BadReceiver[] = [
  ...delivered({
    'has a body without end': pour(`${ok}\r\n`, 'x'.repeat(1024)),
    'has a body of chunks without end': pour(
      `${ok}transfer-encoding: chunked\r\n\r\n`,
      `400\r\n${'x'.repeat(1024)}\r\n`,
    ),
    'has one chunk of 2 GiB': pour(`${ok}transfer-encoding: chunked\r\n\r\n7fffffff\r\n`, 'x'.repeat(1024)),
    'has chunks of one byte without end': pour(`${ok}transfer-encoding: chunked\r\n\r\n`, '1\r\nx\r\n'),
    'has a chunk extension without end': pour(
      `${ok}transfer-encoding: chunked\r\n\r\n1;x=`,
      'y'.repeat(1024),
    ),
    'promises 10 GB': pour(`${ok}content-length: 10000000000\r\n\r\n`, 'x'.repeat(1024)),
    'is a gzip bomb of 64 MiB': answer(
      Buffer.concat([
        Buffer.from(`${ok}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`),
        bomb,
      ]),
    ),
    'is a gzip bomb without end': pour(`${ok}content-encoding: gzip\r\n\r\n`, bomb),
  }),
  ...refused(headTooLarge, {
    'has headers without end': pour(ok, `x-${'h'.repeat(30)}: ${'v'.repeat(90)}\r\n`),
    'has one header without end': pour(`${ok}x: `, 'v'.repeat(1024)),
    'has a header name without end': pour(ok, 'n'.repeat(1024)),
    'has 10 MB of headers': answer(`${ok}x: ${'v'.repeat(10_000_000)}\r\n\r\n`),
  }),
  ...refused(headTooLarge, {
    'has a status line without end': pour('HTTP/1.1 200 ', 'O'.repeat(1024)),
    'sends 102 without end': pour('', 'HTTP/1.1 102 Processing\r\n\r\n'),
    'sends 103 without end': pour('', 'HTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\n'),
    'sends interim answers of all kinds without end': pour(
      '',
      Array.from({ length: 90 }, (_, index) => `HTTP/1.1 ${index + 110} Wait\r\n\r\n`).join(''),
    ),
    'sends blank lines without end': pour('', '\r\n'),
    'has empty headers without end': pour(ok, 'a:\r\n'),
  }),
  ...refused(trailersTooLarge, {
    'has trailers without end': pour(
      `${ok}transfer-encoding: chunked\r\n\r\n0\r\n`,
      `x: ${'v'.repeat(90)}\r\n`,
    ),
    'has empty trailers without end': pour(`${ok}transfer-encoding: chunked\r\n\r\n0\r\n`, 'a:\r\n'),
  }),
];

const broken: readonly BadReceiver[] = [
  ...refused(closedBefore, {
    'closes at once': atOnce((socket) => socket.end()),
    'resets at once': atOnce((socket) => socket.resetAndDestroy()),
    'closes after the request': answerAndClose(''),
    'resets after the request': answerAndReset(''),
    'closes within the status line': answerAndClose('HTTP/1.1 2'),
    'closes within the headers': answerAndClose(`${ok}content-length: 5\r\n`),
    'resets within the headers': answerAndReset(`${ok}content-length: 5\r\nx-`),
    'closes after an interim answer': answerAndClose('HTTP/1.1 103 Early Hints\r\n\r\n'),
  }),
  ...refused(closedWithin, {
    'closes within the body': answerAndClose(`${ok}content-length: 100\r\n\r\nhalf`),
    'closes within the last body of a connection': answerAndClose(
      `${ok}connection: close\r\ncontent-length: 100\r\n\r\nhalf`,
    ),
    'closes within a chunk': answerAndClose(`${ok}transfer-encoding: chunked\r\n\r\nff\r\nhalf`),
    'closes before the last chunk': answerAndClose(
      `${ok}connection: close\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n`,
    ),
  }),
  ...refused('The endpoint answered 100 Continue, which it was not asked for', {
    'answers 100 Continue': answer(`HTTP/1.1 100 Continue\r\n\r\n${ok}content-length: 0\r\n\r\n`),
    'sends 100 without end': pour('', 'HTTP/1.1 100 Continue\r\n\r\n'),
  }),
  ...refused('The endpoint answered 101 Switching Protocols, which it was not asked for', {
    'switches protocols': answer(
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
    ),
  }),
];

const invalidHttp: readonly BadReceiver[] = refused(invalid, {
  'speaks SSH': answer('SSH-2.0-OpenSSH_9.6\r\n'),
  'greets before it is asked, as SMTP does': atOnce((socket) => socket.write('220 mail.example ESMTP\r\n')),
  'speaks HTTP/0.9': answerAndClose('<html>hello</html>'),
  'speaks HTTP/2': answer(Buffer.from('000012040000000000000300000064', 'hex')),
  'speaks TLS': answer(Buffer.from('15030100020246', 'hex')),
  'sends zeros': answer(Buffer.alloc(1000)),
  'sends bytes of all kinds': answer(Buffer.from(Array.from({ length: 256 }, (_, index) => 255 - index))),
  'has a version that does not exist': answer('HTTP/7.3 200 OK\r\n\r\n'),
  'has a status of two digits': answer('HTTP/1.1 20 OK\r\n\r\n'),
  'has a status of four digits': answer('HTTP/1.1 2000 OK\r\n\r\n'),
  'has a status in words': answer('HTTP/1.1 fine OK\r\n\r\n'),
  'has no status': answer('HTTP/1.1 \r\n\r\n'),
  'answers with a request': answer('GET / HTTP/1.1\r\nhost: x\r\n\r\n'),
  'has two lengths': answer(`${ok}content-length: 5\r\ncontent-length: 6\r\n\r\nhello`),
  'has a length and chunks': answer(
    `${ok}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
  ),
  'has a negative length': answer(`${ok}content-length: -5\r\n\r\nhello`),
  'has a length in words': answer(`${ok}content-length: five\r\n\r\nhello`),
  'has a length past 64 bits': answer(`${ok}content-length: 99999999999999999999\r\n\r\nhello`),
  'has a chunk size that is no number': answer(`${ok}transfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n`),
  'has a chunk size past 64 bits': answer(
    `${ok}transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\nhello\r\n`,
  ),
  'has a chunk that is longer than it says': answer(
    `${ok}transfer-encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n`,
  ),
  'has a header without a colon': answer(`${ok}nonsense\r\n\r\n`),
  'has a header without a name': answer(`${ok}: value\r\n\r\n`),
  'has a space before the colon': answer(`${ok}content-length : 5\r\n\r\nhello`),
  'has NUL in a header': answer(`${ok}x: a\0b\r\ncontent-length: 0\r\n\r\n`),
  'folds a header': answer(`${ok} folded\r\n\r\n`),
});

/** Odd, but an answer. */
const odd: readonly BadReceiver[] = [
  ...delivered({
    'answers before the request is complete': atOnce((socket) =>
      socket.write(`${ok}connection: close\r\ncontent-length: 2\r\n\r\nok`),
    ),
    'answers twice': answer(`${ok}content-length: 0\r\n\r\n`.repeat(2)),
    'answers a thousand times': answer(`${ok}content-length: 0\r\n\r\n`.repeat(1000)),
    'offers another protocol beside its answer': answer(
      `${ok}upgrade: h2c\r\nconnection: upgrade\r\ncontent-length: 0\r\n\r\n`,
    ),
    'closes without notice after its answer': answerAndClose(`${ok}content-length: 0\r\n\r\n`),
    'closes a kept connection under the next request': answerOnce(
      `${ok}content-length: 0\r\n\r\n`,
      (socket) => socket.end(),
    ),
    'resets a kept connection under the next request': answerOnce(
      `${ok}content-length: 0\r\n\r\n`,
      (socket) => socket.resetAndDestroy(),
    ),
    'ends its body by closing': answerAndClose('HTTP/1.0 200 OK\r\n\r\nfine'),
    'has NUL in its body': answer(`${ok}content-length: 3\r\n\r\na\0b`),
    'has a body that is no UTF-8': answer(
      Buffer.concat([Buffer.from(`${ok}content-length: 3\r\n\r\n`), Buffer.from([0xc3, 0xff, 0x80])]),
    ),
    'claims to be kept alive for ever': answer(
      `${ok}keep-alive: timeout=99999999999999999999\r\ncontent-length: 0\r\n\r\n`,
    ),
  }),
  answered(999, 'has status 999', answer('HTTP/1.1 999 Beyond\r\ncontent-length: 0\r\n\r\n')),
  answered(600, 'has status 600', answer('HTTP/1.1 600\r\ncontent-length: 0\r\n\r\n')),
  answered(413, 'refuses a large body without reading it', (socket) => {
    socket.write('HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
    socket.pause();
  }),
];

export const promptReceivers: readonly BadReceiver[] = [...endless, ...broken, ...invalidHttp, ...odd];
