import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { publishedAtMark } from './payload.ts';
import { percentilesOf } from './percentiles.ts';
import { answerCalls } from './program.ts';
import type { Arrivals, Expected, ReceiverCalls } from './receiver.ts';
import { wallClockMs } from './wall-clock.ts';

interface Tally {
  readonly expected: Expected;
  count: number;
  firstAt: number;
  lastAt: number;
  readonly tenthsAt: number[];
  /** Of the deliveries that came to `/distinct`. */
  readonly ids: Set<string>;
  repeated: number;
  readonly latenciesMs: number[];
}

let tally = newTally({ count: 0, quietMsMax: 0 });
let onComplete: (() => void) | null = null;

answerCalls<ReceiverCalls>({ listen, expect, arrivals });

async function listen(): Promise<{ origin: string }> {
  const server = createServer({ keepAliveTimeout: 60_000 }, answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port');
  return { origin: `http://127.0.0.1:${address.port}` };
}

function newTally(expected: Expected): Tally {
  return {
    expected,
    count: 0,
    firstAt: 0,
    lastAt: 0,
    tenthsAt: [],
    ids: new Set(),
    repeated: 0,
    latenciesMs: [],
  };
}

function expect(expected: Expected): void {
  tally = newTally(expected);
}

function arrivals(): Promise<Arrivals> {
  return new Promise((resolve, reject) => {
    const asked = tally;
    const askedAt = wallClockMs();
    const settle = () => {
      clearInterval(watch);
      onComplete = null;
      if (asked.count >= asked.expected.count) resolve(summaryOf(asked));
      else
        reject(new Error(`${asked.count} of ${asked.expected.count} deliveries arrived, and then no more`));
    };
    const watch = setInterval(() => {
      if (wallClockMs() - Math.max(askedAt, asked.lastAt) > asked.expected.quietMsMax) settle();
    }, 1000);
    onComplete = settle;
    if (asked.count >= asked.expected.count) settle();
  });
}

function summaryOf({ count, firstAt, lastAt, tenthsAt, repeated, latenciesMs }: Tally): Arrivals {
  return { count, firstAt, lastAt, tenthsAt, repeated, latency: percentilesOf(latenciesMs) };
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const [, behaviour, detail] = (request.url ?? '').split('/');
  if (behaviour === 'timed') {
    timed(request, response);
    return;
  }
  request.resume();
  request.once('end', () => {
    if (behaviour === 'distinct') countOnce(String(request.headers['x-webhook-event-id']));
    else if (behaviour !== 'uncounted') count();
    if (behaviour === 'hang') return;
    if (behaviour === 'slow') setTimeout(() => response.end(), Number(detail));
    else if (behaviour === 'fail') response.writeHead(Number(detail)).end();
    else response.end();
  });
}

function timed(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.once('end', () => {
    const receivedAt = wallClockMs();
    const body = Buffer.concat(chunks).toString('latin1');
    const publishedAt = Number.parseFloat(body.slice(body.indexOf(publishedAtMark) + publishedAtMark.length));
    tally.latenciesMs.push(receivedAt - publishedAt);
    count();
    response.end();
  });
}

function countOnce(id: string): void {
  if (tally.ids.has(id)) tally.repeated++;
  else {
    tally.ids.add(id);
    count();
  }
}

function count(): void {
  const { expected, tenthsAt } = tally;
  tally.count++;
  tally.lastAt = wallClockMs();
  if (tally.count === 1) tally.firstAt = tally.lastAt;
  if (tally.count >= (expected.count * (tenthsAt.length + 1)) / 10) tenthsAt.push(tally.lastAt);
  if (tally.count === expected.count) onComplete?.();
}
