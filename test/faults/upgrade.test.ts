/**
 * A database of every earlier migration level, with a row of every kind in every table, is opened by this version: its data
 * is intact, what was unfinished is delivered, and nothing that was finished is sent again.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sql from 'sql-template-tag';
import { expect, inject, test } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { readMigrations } from '../../src/storage/migrations.ts';
import { openEmbedded } from '../../src/storage/pglite.ts';
import { newBlankServerDatabase } from '../support/blank-database.ts';
import {
  type DeliveryKind,
  deliveryKinds,
  type EarlierData,
  fillEarlierSchema,
} from '../support/earlier-schema.ts';
import { eventually } from '../support/eventually.ts';
import { testSecretKey } from '../support/factory.ts';
import { recordFigure } from '../support/figures.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { type ServerProcess, startServerProcess } from '../support/service-process.ts';
import { verifyByContract } from '../support/verify-by-contract.ts';
import { openDirect } from '../support/watched-service.ts';

const platformKey = 'php_platform-key-of-the-test';
const newest = (await readMigrations()).length;
const unfinished: readonly DeliveryKind[] = ['ready', 'leased', 'retrying'];
const levels = Array.from({ length: newest - 1 }, (_unused, index) => index + 1);

test.each(levels)(
  'a PostgreSQL schema of level %i is served by this version, with its data',
  async (level) => {
    const serverUrl = inject('postgresUrl');
    if (serverUrl === undefined) throw new Error('this test needs a PostgreSQL server');
    const { url } = await newBlankServerDatabase(serverUrl);
    const receiver = await startReceiver();
    const db = openDirect(url);
    try {
      const data = await fillEarlierSchema(db, level, `${receiver.url}/hook`);
      const finished = await upgrade({ DATABASE_URL: url, POSTHORN_PROCESSES: '1' }, data, receiver);
      await expectIntact(db, data);
      await record(`PostgreSQL, from level ${level} to ${newest}`, finished, receiver);
    } finally {
      await db.close();
      await receiver.close();
    }
  },
);

test.each(levels)('a data directory of level %i is served by this version, with its data', async (level) => {
  const directory = await mkdtemp(join(tmpdir(), 'posthorn-upgrade-'));
  const receiver = await startReceiver();
  try {
    const earlier = await openEmbedded(join(directory, 'database'));
    const data = await fillEarlierSchema(earlier, level, `${receiver.url}/hook`);
    await earlier.close();
    const finished = await upgrade({ POSTHORN_DATA_DIR: directory }, data, receiver);
    const upgraded = await openEmbedded(join(directory, 'database'));
    await expectIntact(upgraded, data).finally(() => upgraded.close());
    await record(`embedded, from level ${level} to ${newest}`, finished, receiver);
  } finally {
    await receiver.close();
    await rm(directory, { recursive: true, force: true });
  }
});

/** Of the deliveries that an earlier version left, in each state of their life. */
function record(what: string, finished: readonly string[], { requests }: Receiver): Promise<void> {
  const survived = deliveryKinds.filter((kind) => finished.includes(kind)).length;
  const arrived = requests.map(({ body }) => JSON.parse(body).payload.kind);
  return recordFigure({
    topic: 'Upgrades',
    what: `deliveries in every state, ${what}`,
    tried: deliveryKinds.length,
    survived,
    lost: unfinished.filter((kind) => !arrived.includes(kind)).length,
    duplicated: arrived.length - new Set(arrived).size,
  });
}

/** Starts this version on it, asks it for everything, and stops it. @returns the kinds that its log shows as finished */
async function upgrade(
  settings: Record<string, string>,
  data: EarlierData,
  receiver: Receiver,
): Promise<readonly string[]> {
  const service = await startServerProcess({
    POSTHORN_PLATFORM_KEY: platformKey,
    POSTHORN_SECRET_KEY: testSecretKey.toString('base64'),
    ...settings,
  });
  try {
    await expectDelivered(receiver, data);
    const finished = await expectServed(service, data);
    expect(await service.end('SIGTERM')).toBe(0);
    return finished;
  } finally {
    await service.end('SIGKILL');
  }
}

async function expectDelivered(receiver: Receiver, { signingSecret }: EarlierData): Promise<void> {
  const requests = await receiver.waitFor(unfinished.length);
  const attempts = requests.map(({ headers, body }) => [
    JSON.parse(body).payload.kind,
    headers['x-webhook-attempt'],
  ]);
  expect(attempts.toSorted()).toEqual([
    ['leased', '1'],
    ['ready', '1'],
    ['retrying', '2'],
  ]);
  for (const request of requests) expect(verifyByContract(request, signingSecret)).toBe(true);
}

async function expectServed({ address }: ServerProcess, data: EarlierData): Promise<readonly string[]> {
  const ask = async (
    path: string,
    key: string,
    init: { method?: string; body?: object; once?: string } = {},
  ) => {
    const response = await fetch(`${address}${path}`, {
      method: init.method ?? 'GET',
      headers: {
        'x-api-key': key,
        'content-type': 'application/json',
        ...(init.once !== undefined && { 'idempotency-key': init.once }),
      },
      ...(init.body !== undefined && { body: JSON.stringify(init.body) }),
    });
    return { status: response.status, body: JSON.parse(await response.text()) };
  };
  const webhook = `/v3/webhooks/${data.webhookId}`;
  const log = await eventually(
    () => ask(`${webhook}/events`, data.apiKey),
    ({ body }) =>
      body.data.events.every(({ delivery_status }: { delivery_status: string }) =>
        /ed$/.test(delivery_status),
      ),
  );
  expect(log.body.data.pagination.total_count).toBe(deliveryKinds.length);
  const seen = log.body.data.events.map(
    (item: {
      event_data: { payload: { kind: string } };
      delivery_status: string;
      delivery_attempts: number;
    }) => [item.event_data.payload.kind, item.delivery_status, item.delivery_attempts],
  );
  expect(seen.toSorted()).toEqual([
    ['delivered', 'delivered', 2],
    ['failed', 'failed', 2],
    ['leased', 'delivered', 1],
    ['ready', 'delivered', 1],
    ['retrying', 'delivered', 2],
  ]);
  expect((await ask(`${webhook}/events?status=failed`, data.apiKey)).body.data.pagination.total_count).toBe(
    1,
  );

  for (const [kind, id] of data.events) {
    const event = { account_id: data.accountId, event: 'message.sent', id: kind, payload: {} };
    const repeated = await ask('/platform/v1/events', platformKey, { method: 'POST', body: event });
    expect(repeated.body.data.events).toEqual([expect.objectContaining({ id, duplicate: true })]);
  }
  const reused = await ask(`${webhook}/toggle-status`, data.apiKey, {
    method: 'PATCH',
    body: { is_active: true },
    once: data.idempotencyKey,
  });
  expect(reused).toMatchObject({ status: 409, body: { error: { code: 'CONFLICT_005' } } });
  expect((await ask(`${webhook}`, data.apiKey)).body.data).toMatchObject({
    display_name: 'Orders',
    consecutive_failures: 0,
  });
  return seen.map(([kind]: readonly [string]) => kind);
}

async function expectIntact(db: Database, data: EarlierData): Promise<void> {
  const [rows] = await db.query(sql`
    select (select max(version) from migrations) as level,
           (select count(*)::int from pending_deliveries) as pending,
           (select count(*)::int from events) as events,
           (select count(*)::int from deliveries where webhook_id = ${data.webhookId}) as logged,
           (select sum(deliveries)::int from delivery_counts where webhook_id = ${data.webhookId}) as counted,
           (select count(*)::int from attempts where webhook_id = ${data.webhookId}) as attempts,
           (select count(*)::int from deliveries where webhook_id = ${data.deletedWebhookId}) as deleted,
           (select count(*)::int from uncounted_days) as uncounted,
           (select value from settings where name = 'of the version before') as setting,
           (select count(*)::int from event_types where name = 'message.of_ours') as types`);
  expect(rows).toEqual({
    level: newest,
    pending: 0,
    events: deliveryKinds.length,
    logged: deliveryKinds.length,
    counted: deliveryKinds.length,
    attempts: 3,
    deleted: 0,
    uncounted: 0,
    setting: 'kept',
    types: 1,
  });
}
