/**
 * The clock of a process jumps by an hour while it works. With a server the database decides what is due and whose lease
 * is over; an embedded database has the clock of its process, and its jump is one of time itself.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sql from 'sql-template-tag';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { newBlankServerDatabase } from '../support/blank-database.ts';
import { type Customer, createCustomer, publish } from '../support/customers.ts';
import { eventually } from '../support/eventually.ts';
import { testSecretKey } from '../support/factory.ts';
import { recordFigure } from '../support/figures.ts';
import { sentAgain, untilLogsAreFinished } from '../support/kill-audit.ts';
import { type ReceivedRequest, type Receiver, type Reply, startReceiver } from '../support/receiver.ts';
import { type ServerProcess, startServerProcess } from '../support/service-process.ts';
import { type ShiftedClock, shiftedClock } from '../support/shifted-clock.ts';
import { openDirect } from '../support/watched-service.ts';

const platformKey = 'php_platform-key-of-the-test';
const hourMs = 3_600_000;
/** Far from an hour, and from the retry's wait. */
const marginMs = 60_000;
/** Few enough that most of what is published has to wait, and is claimed. */
const slotsOfWebhook = 2;
const before = [1, 12, 13];
const after = Array.from({ length: 10 }, (_unused, index) => index + 2);
const directions: [string, number][] = [
  ['forward', hourMs],
  ['back', -hourMs],
];

let directory: string;
let clock: ShiftedClock;
let receiver: Receiver;
let openGate: () => void;
let service: ServerProcess;
let customer: Customer;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'posthorn-clock-'));
  clock = await shiftedClock(join(directory, 'offset'));
  const gate = new Promise<void>((resolve) => {
    openGate = resolve;
  });
  receiver = await startReceiver((request) => replyTo(request, gate));
});
afterEach(async () => {
  openGate();
  await service.end('SIGKILL');
  await receiver.close();
  await rm(directory, { recursive: true, force: true });
});

async function start(settings: Record<string, string>): Promise<void> {
  service = await startServerProcess({
    POSTHORN_PLATFORM_KEY: platformKey,
    POSTHORN_SECRET_KEY: testSecretKey.toString('base64'),
    POSTHORN_PROCESSES: '1',
    POSTHORN_MAX_IN_FLIGHT_PER_WEBHOOK: String(slotsOfWebhook),
    POSTHORN_RATE_LIMIT: '0',
    POSTHORN_RETRY_JITTER: '0',
    ...clock.settings,
    ...settings,
  });
  customer = await createCustomer(service, platformKey, receiver.url, ['flaky', 'held']);
}

/** Refuses the first attempt of the first two, and hangs at the other endpoint until the gate is opened. */
function replyTo({ path, headers, body }: ReceivedRequest, gate: Promise<void>): Reply {
  if (path === '/held') return { delayUntil: gate };
  const isRefused = headers['x-webhook-attempt'] === '1' && JSON.parse(body).payload.n <= 2;
  return { status: isRefused ? 500 : 200 };
}

async function jump(offsetMs: number): Promise<void> {
  await clock.set(offsetMs);
  await eventually(
    async () => {
      // What the process takes for the time: it dates its answers.
      const response = await fetch(`${service.address}/v3/me`);
      return Date.parse(JSON.parse(await response.text()).meta.timestamp) - Date.now();
    },
    (aheadMs) => Math.abs(aheadMs - offsetMs) < marginMs,
  );
}

function untilReceived(path: string, count: number): Promise<ReceivedRequest[]> {
  return eventually(
    async () => receiver.requests.filter((request) => request.path === path),
    (requests) => requests.length >= count,
    marginMs,
  );
}

const publishNumbers = async (numbers: readonly number[]) =>
  expect(await publish(service, platformKey, customer, numbers)).toBe(true);

/** Each event at each endpoint, and none of an attempt twice. @returns how many were lost and sent again */
async function outcome(): Promise<{ lost: number; duplicated: number }> {
  const { address } = service;
  const { apiKey, webhooks } = customer;
  await untilLogsAreFinished({ address, apiKey, webhooks, requests: receiver.requests });
  const received = new Set(
    receiver.requests.map(({ path, body }) => `${path} ${JSON.parse(body).payload.n}`),
  );
  const lost = [...before, ...after].flatMap((n) =>
    [...webhooks.keys()].filter((name) => !received.has(`/${name} ${n}`)),
  );
  const again = sentAgain(receiver.requests);
  expect({ lost, again }).toEqual({ lost: [], again: [] });
  return { lost: lost.length, duplicated: again.length };
}

/** Of the first event, so that its retry and what else waits were stored before the jump. */
async function untilRetryWaits(): Promise<void> {
  const log = `${service.address}/v3/webhooks/${customer.webhooks.get('flaky')}/events?status=retrying`;
  await eventually(
    async () => JSON.parse(await (await fetch(log, { headers: { 'x-api-key': customer.apiKey } })).text()),
    ({ data }) => data.pagination.total_count === 1,
  );
}

test.each(directions)(
  'a clock that is set %s by an hour changes neither leases nor retries of a server',
  async (direction, offsetMs) => {
    const serverUrl = inject('postgresUrl');
    if (serverUrl === undefined) throw new Error('this test needs a PostgreSQL server');
    const { url } = await newBlankServerDatabase(serverUrl);
    await start({ DATABASE_URL: url, POSTHORN_RETRY_SCHEDULE: '2' });
    const db = openDirect(url);
    try {
      expect(await toggle()).toMatchObject({ status: 200, replayed: null });
      await publishNumbers(before);
      await untilReceived('/flaky', before.length);
      await untilReceived('/held', slotsOfWebhook);
      await jump(offsetMs);
      await publishNumbers(after);
      const flaky = await untilReceived('/flaky', before.length + after.length + 2);

      const held = () =>
        db.query<{ until: Date }>(sql`
          select due_at as until from pending_deliveries
          where lease is not null and webhook_id = ${customer.webhooks.get('held')} order by due_at`);
      const [first] = await held();
      await eventually(held, (rows) =>
        rows.every(({ until }) => Number(until) > Number(first?.until) + 3000),
      );
      expect(await held()).toHaveLength(slotsOfWebhook);
      expect(receiver.requests.filter(({ path }) => path === '/held')).toHaveLength(slotsOfWebhook);
      openGate();
      const settled = await outcome();

      const [longest] = await db.query<{ ms: number }>(
        sql`select max(last_duration_ms) as ms from deliveries`,
      );
      expect(longest?.ms).toBeLessThan(marginMs);
      for (const n of [1, 2]) {
        const [attempt, retry] = flaky.filter(({ body }) => JSON.parse(body).payload.n === n);
        const waitedMs = Number(retry?.at) - Number(attempt?.at);
        expect(waitedMs).toBeGreaterThan(1500);
        expect(waitedMs).toBeLessThan(marginMs);
      }
      // Receivers are told the time of the process, which is wrong: they may refuse it, and get it again later.
      const signed = flaky
        .filter(({ body }) => after.includes(JSON.parse(body).payload.n))
        .map(signedAheadMs);
      for (const aheadMs of signed) expect(Math.abs(aheadMs - offsetMs)).toBeLessThan(marginMs);
      expect(await toggle()).toMatchObject({ status: 200, replayed: 'true' });
      expect(await service.end('SIGTERM')).toBe(0);
      await record(`PostgreSQL, the clock of the process set ${direction} by an hour`, settled);
    } finally {
      await db.close();
    }
  },
);

test('a clock that is set forward by an hour makes an embedded database’s retries due, and sends nothing twice', async () => {
  await start({ POSTHORN_DATA_DIR: join(directory, 'data'), POSTHORN_RETRY_SCHEDULE: '1800' });
  await publishNumbers(before);
  await untilReceived('/flaky', before.length);
  await untilRetryWaits();
  await jump(hourMs);
  await publishNumbers(after);
  // That of the first event. The one of the second is due in half an hour from now.
  await untilReceived('/flaky', before.length + after.length + 1);
  expect(receiver.requests.filter(({ path }) => path === '/held')).toHaveLength(slotsOfWebhook);
  openGate();
  await jump(2 * hourMs);
  await record('embedded, the clock set forward by an hour, twice', await outcome());
});

test('a clock that is set back by an hour holds back what waited in an embedded database, and nothing that is new', async () => {
  await start({ POSTHORN_DATA_DIR: join(directory, 'data'), POSTHORN_RETRY_SCHEDULE: '5' });
  await publishNumbers(before);
  await untilReceived('/flaky', before.length);
  await untilRetryWaits();
  await jump(-hourMs);
  await publishNumbers(after);
  const flaky = await untilReceived('/flaky', before.length + after.length + 1);
  const retried = flaky.filter(({ headers }) => headers['x-webhook-attempt'] === '2');
  expect(retried.map(({ body }) => JSON.parse(body).payload.n)).toEqual([2]);
  openGate();
  const held = await untilReceived('/held', before.length + after.length - 1);
  expect(held.map(({ body }) => JSON.parse(body).payload.n)).not.toContain(13);
  await jump(0);
  await record('embedded, the clock set back by an hour, and right again', await outcome());
});

async function toggle(): Promise<{ status: number; replayed: string | null }> {
  const { status, headers } = await fetch(
    `${service.address}/v3/webhooks/${customer.webhooks.get('flaky')}/toggle-status`,
    {
      method: 'PATCH',
      headers: {
        'content-type': 'application/json',
        'x-api-key': customer.apiKey,
        'idempotency-key': 'once',
      },
      body: '{"is_active":true}',
    },
  );
  return { status, replayed: headers.get('idempotent-replayed') };
}

function signedAheadMs({ headers, at }: ReceivedRequest): number {
  return Number(headers['x-webhook-timestamp']) * 1000 - at;
}

function record(what: string, settled: { lost: number; duplicated: number }): Promise<void> {
  const survived = [settled].filter(({ lost }) => lost === 0).length;
  return recordFigure({ topic: 'Clocks', what, tried: 1, survived, ...settled });
}
