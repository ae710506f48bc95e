/**
 * Old and new version side by side on one PostgreSQL: the version before (test/fixtures) serves, this one migrates
 * beside it under load, both publish and deliver, and the old one is stopped or killed in the middle of it.
 */
import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { type Customer, publish } from '../support/customers.ts';
import { advanceClock } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { recordFigure } from '../support/figures.ts';
import { leasedDeliveries, sentAgain } from '../support/kill-audit.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { type PreviousVersion, unpackPreviousVersion } from '../support/previous-version.ts';
import { platformKey, retryAfterMs, startTwoVersions, type TwoVersions } from '../support/two-versions.ts';

/** The leases of the version before: the webhook's timeout and 15 s. */
const oldLeaseMs = 135_000;
const patienceMs = 60_000;

let server: PostgresServer;
let previous: PreviousVersion;
let databases = 0;
let versions: TwoVersions;

beforeAll(async () => {
  [server, previous] = await Promise.all([startPostgres(), unpackPreviousVersion()]);
});
afterAll(() => Promise.all([server.stop(), previous.remove()]));
beforeEach(async () => {
  const name = `upgrade_${databases++}`;
  await server.createDatabase(name);
  versions = await startTwoVersions(`${server.url}/${name}`, previous.program);
}, 120_000);
afterEach(() => versions.close());

test('the version before is stopped under load: all that was acknowledged arrives, and nothing twice', async () => {
  const { db, receiver, customers, publishing, old, current } = versions;
  versions.openGate();
  await publishing.acknowledges(500);
  expect(await old.end('SIGTERM')).toBe(0);
  publishing.services.delete(old);
  await publishing.acknowledges(1000);
  await publishing.stop();
  await untilOnlyLaterIsLeft(db);
  await advanceClock(db, retryAfterMs);
  await untilFinished(db);
  const counts = await expectEverythingDelivered(versions);
  expect(sentAgain(receiver.requests)).toEqual([]);
  await record('beside the version before, which is stopped under load', versions, counts);

  // The way back: the version before starts on the schema of this one.
  expect(await current.end('SIGTERM')).toBe(0);
  const again = await versions.startOld();
  for (const customer of customers) {
    const number = -customer.acknowledged.length;
    expect(await publish(again, platformKey, customer, [number])).toBe(true);
    customer.acknowledged.push(number);
  }
  await untilOnlyLaterIsLeft(db);
  await eventually(
    () => leasedDeliveries(db),
    (ids) => ids.length === 0,
  );
  await advanceClock(db, retryAfterMs);
  await untilFinished(db);
  const countsOfBoth = await expectEverythingDelivered({ ...versions, current: again });
  expect(await again.end('SIGTERM')).toBe(0);
  await record('and back to the version before', versions, countsOfBoth);
}, 240_000);

test('the version before is killed under load: what it held, and nothing else, is sent again after its leases', async () => {
  const { db, receiver, publishing, old } = versions;
  await publishing.acknowledges(500);
  await old.end('SIGKILL');
  publishing.services.delete(old);
  await publishing.acknowledges(1000);
  await publishing.stop();
  versions.openGate();
  await untilOnlyLaterIsLeft(db);
  const held = await leasedDeliveries(db);
  expect(held.length).toBeGreaterThan(0);

  await advanceClock(db, oldLeaseMs);
  await untilOnlyLaterIsLeft(db);
  expect(await leasedDeliveries(db)).toEqual([]);
  await advanceClock(db, retryAfterMs);
  await untilFinished(db);
  const counts = await expectEverythingDelivered(versions);
  const ids = new Set(held);
  expect(sentAgain(receiver.requests).filter((id) => !ids.has(id))).toEqual([]);
  await record('beside the version before, which is killed under load', versions, counts);
}, 240_000);

interface Counts {
  /** Deliveries of acknowledged events. */
  readonly tried: number;
  readonly arrived: number;
}

/** What is left waits for minutes: for its retry, or for the end of a lease that nobody renews. */
async function untilOnlyLaterIsLeft(db: Database): Promise<void> {
  await eventually(
    () =>
      db.query(sql`select id from pending_deliveries where due_at < clock_now() + interval '30 s' limit 1`),
    (rows) => rows.length === 0,
    patienceMs,
  );
}

async function untilFinished(db: Database): Promise<void> {
  await eventually(
    () => db.query(sql`select * from pending_deliveries limit 1`),
    (rows) => rows.length === 0,
    patienceMs,
  );
}

/** Each webhook got each event of its account, and its log and the totals of its log say so. */
async function expectEverythingDelivered({ db, receiver, customers, current }: TwoVersions): Promise<Counts> {
  const counts = { tried: 0, arrived: 0 };
  await eventually(
    () => db.query(sql`select day from uncounted_days`),
    (days) => days.length === 0,
    patienceMs,
  );
  const received = new Set(
    receiver.requests.map(({ path, body }) => `${path} ${JSON.parse(body).payload.n}`),
  );
  for (const customer of customers) {
    for (const [name, id] of customer.webhooks) {
      const arrived = customer.acknowledged.filter((n) => received.has(`/${name} ${n}`));
      expect(arrived, name).toEqual(customer.acknowledged);
      const expected = customer.acknowledged.length;
      counts.tried += expected;
      counts.arrived += arrived.length;
      const [logged] = await db.query(sql`
        select (select count(*)::int from deliveries where webhook_id = ${id}) as logged,
               (select count(distinct id)::int from deliveries where webhook_id = ${id} and status = 'delivered') as delivered,
               (select sum(deliveries)::int from delivery_counts where webhook_id = ${id}) as counted`);
      expect(logged, name).toEqual({ logged: expected, delivered: expected, counted: expected });
      expect(await totalCount(current.address, customer, id), name).toBe(expected);
    }
  }
  return counts;
}

async function totalCount(address: string, { apiKey }: Customer, webhookId: string): Promise<number> {
  const response = await fetch(`${address}/v3/webhooks/${webhookId}/events?page=1&page_size=1`, {
    headers: { 'x-api-key': apiKey },
  });
  return JSON.parse(await response.text()).data.pagination.total_count;
}

function record(
  what: string,
  { publishing, receiver }: TwoVersions,
  { tried, arrived }: Counts,
): Promise<void> {
  return recordFigure({
    topic: 'Upgrades',
    what,
    tried,
    survived: arrived,
    lost: tried - arrived,
    duplicated: sentAgain(receiver.requests).length,
    note: `deliveries of acknowledged events; ${publishing.repeated} requests had to be repeated`,
  });
}
