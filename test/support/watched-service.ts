/** The built service on a PostgreSQL that fails, published to and asked without a pause; every answer is kept. */
import { EventEmitter, once } from 'node:events';
import sql from 'sql-template-tag';
import { expect } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { type Customer, createCustomer } from './customers.ts';
import { eventually } from './eventually.ts';
import { testSecretKey } from './factory.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { type ServerProcess, startServerProcess } from './service-process.ts';

const platformKey = 'php_platform-key-of-the-test';
const publishers = 3;
const eventsPerRequest = 5;
/** After anything but a success, as a client's back-off. */
const backOffMs = 50;
/** Longer than any answer may take: what has not come by then does not come. */
const patienceMs = 60_000;

export const asked = ['publish', 'list', 'idempotent', 'ready', 'live'] as const;
export type Asked = (typeof asked)[number];

export interface Answer {
  readonly asked: Asked;
  /** 0 when the connection broke or nothing came for a minute. */
  readonly status: number;
  readonly code: string | null;
  readonly retryAfter: string | null;
  readonly tookMs: number;
  /** Events of an acknowledged request that had been stored by an earlier one. */
  readonly duplicates: number;
}

export interface WatchedService {
  readonly service: ServerProcess;
  readonly customer: Customer;
  readonly receiver: Receiver;
  readonly answers: readonly Answer[];
  /** Resolves once each of these was answered with this status, counted from now. */
  answer(status: number, to?: readonly Asked[]): Promise<void>;
  /** Stops publishing and asking; resolves with the worst it has seen once everything acknowledged was delivered and logged. */
  settle(database: Database): Promise<Settled>;
  close(): Promise<void>;
}

export interface Settled {
  readonly acknowledged: number;
  readonly refused: number;
  readonly lost: number;
  readonly sentTwice: number;
  /** Of all answers, in milliseconds. */
  readonly longestMs: number;
}

/** @param url of a database that is migrated already or may be */
export async function startWatchedService(
  url: string,
  settings: Record<string, string> = {},
): Promise<WatchedService> {
  const receiver = await startReceiver();
  const service = await startServerProcess({
    DATABASE_URL: url,
    POSTHORN_PLATFORM_KEY: platformKey,
    POSTHORN_SECRET_KEY: testSecretKey.toString('base64'),
    POSTHORN_RATE_LIMIT: '0',
    POSTHORN_PROCESSES: '1',
    ...settings,
  });
  const customer = await createCustomer(service, platformKey, receiver.url, ['first', 'second']);
  const answers: Answer[] = [];
  const arrivals = new EventEmitter();
  let isStopped = false;
  let lastEvent = 0;
  let lastKey = 0;

  function note(answer: Answer): void {
    answers.push(answer);
    arrivals.emit('answer');
  }

  async function ask(about: Asked, path: string, init: RequestInit): Promise<Answer> {
    const startedAt = performance.now();
    const seen = await fetch(`${service.address}${path}`, {
      ...init,
      signal: AbortSignal.timeout(patienceMs),
    })
      .then(async (response) => {
        const body = await response.text();
        const { error, data } = JSON.parse(body);
        const events: { duplicate: boolean }[] = data?.events ?? [];
        return {
          status: response.status,
          code: error?.code ?? null,
          retryAfter: response.headers.get('retry-after'),
          duplicates: events.filter(({ duplicate }) => duplicate).length,
        };
      })
      .catch((error: unknown) => ({ status: 0, code: String(error), retryAfter: null, duplicates: 0 }));
    return { asked: about, ...seen, tookMs: Math.round(performance.now() - startedAt) };
  }

  function publish(numbers: readonly number[]): Promise<Answer> {
    const events = numbers.map((n) => ({
      account_id: customer.accountId,
      event: 'message.sent',
      id: String(n),
      payload: { n },
    }));
    return ask('publish', '/platform/v1/events', posted(platformKey, { events }));
  }

  async function keepPublishing(): Promise<void> {
    while (!isStopped) {
      const numbers = Array.from({ length: eventsPerRequest }, () => ++lastEvent);
      for (;;) {
        const answer = await publish(numbers);
        note(answer);
        if (answer.status === 202) {
          customer.acknowledged.push(...numbers);
          break;
        }
        if (isStopped) return;
        await rest();
      }
    }
  }

  async function keepAsking(about: Asked): Promise<void> {
    const key = { 'x-api-key': customer.apiKey };
    const webhook = `/v3/webhooks/${customer.webhooks.get('first')}`;
    const askOnce: Record<Exclude<Asked, 'publish'>, () => Promise<Answer>> = {
      list: () => ask('list', '/v3/webhooks?page_size=1', { headers: key }),
      idempotent: () =>
        ask('idempotent', `${webhook}/toggle-status`, {
          ...posted(customer.apiKey, { is_active: true }, { 'idempotency-key': `key-${++lastKey}` }),
          method: 'PATCH',
        }),
      ready: () => ask('ready', '/health/ready', {}),
      live: () => ask('live', '/health/live', {}),
    };
    while (!isStopped && about !== 'publish') {
      note(await askOnce[about]());
      await rest();
    }
  }

  const running = Promise.all([
    ...Array.from({ length: publishers }, keepPublishing),
    ...asked.map(keepAsking),
  ]);
  const stop = () => {
    isStopped = true;
    return running;
  };
  return {
    service,
    customer,
    receiver,
    answers,
    async answer(status, to = ['publish', 'list', 'idempotent', 'ready']) {
      const from = answers.length;
      const signal = AbortSignal.timeout(patienceMs);
      const isMissing = (about: Asked) =>
        !answers.slice(from).some((answer) => answer.asked === about && answer.status === status);
      while (to.some(isMissing)) {
        await once(arrivals, 'answer', { signal }).catch(() => {
          throw new Error(`nobody answered ${status} to: ${to.filter(isMissing).join(', ')}`);
        });
      }
    },
    async settle(database) {
      await stop();
      await eventually(
        () => database.query(sql`select id, lease, due_at, attempts from pending_deliveries limit 3`),
        (rows) => rows.length === 0,
        patienceMs,
      );
      const received = receiver.requests.map(({ path, body }) => `${path} ${JSON.parse(body).payload.n}`);
      const distinct = new Set(received);
      const lost = [...customer.webhooks.keys()].flatMap((name) =>
        customer.acknowledged.filter((n) => !distinct.has(`/${name} ${n}`)),
      );
      await expectLogged(database);
      return {
        acknowledged: customer.acknowledged.length,
        refused: answers.filter(({ asked: about, status }) => about === 'publish' && status !== 202).length,
        lost: lost.length,
        sentTwice: received.length - distinct.size,
        longestMs: Math.max(...answers.map(({ tookMs }) => tookMs)),
      };
    },
    async close() {
      await service.end('SIGKILL');
      await stop();
      await receiver.close();
    },
  };
}

/** Each event that is stored, acknowledged or not, has ended as delivered, once, for both webhooks. */
async function expectLogged(database: Database): Promise<void> {
  const [counts] = await database.query<{ events: number; delivered: number; rows: number }>(sql`
    select (select count(*)::int from events) as events,
           (select count(distinct (webhook_id, event_id))::int from deliveries where status = 'delivered') as delivered,
           (select count(*)::int from deliveries) as rows`);
  if (counts === undefined) throw new Error('the database counted nothing');
  expect(counts).toEqual({ events: counts.events, delivered: counts.events * 2, rows: counts.events * 2 });
}

/** A connection of the test's own, past whatever is between the service and the database. */
export function openDirect(url: string): Database {
  return openPostgres({ url, connectionsMax: 2, onTrouble: () => {} });
}

function posted(key: string, body: object, headers: Record<string, string> = {}): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, ...headers },
    body: JSON.stringify(body),
  };
}

function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, backOffMs));
}
