/** The service on a PostgreSQL server: roles apart, several processes, refusals at the start, connections cut. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { type RunningService, startService } from '../../src/service.ts';
import { eventually } from '../support/eventually.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { startReceiver } from '../support/receiver.ts';

const platformKey = 'php_platform-key-of-the-test';
const secretKey = randomBytes(32).toString('base64');
let server: PostgresServer;
let databases = 0;
const running: RunningService[] = [];

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.close()));
});

async function newDatabase(): Promise<string> {
  const name = `service_${databases++}`;
  await server.createDatabase(name);
  return `${server.url}/${name}`;
}

async function start(databaseUrl: string, settings: Record<string, string> = {}) {
  const config = readConfig({
    DATABASE_URL: databaseUrl,
    PORT: '0',
    LOG_LEVEL: 'silent',
    POSTHORN_PLATFORM_KEY: platformKey,
    POSTHORN_SECRET_KEY: secretKey,
    ...settings,
  });
  if (!config.ok) throw new Error(config.error.join('\n'));
  const started = await startService(config.value);
  if (started.ok) running.push(started.value);
  return started;
}

async function startOrThrow(
  databaseUrl: string,
  settings: Record<string, string> = {},
): Promise<RunningService> {
  const started = await start(databaseUrl, settings);
  if (!started.ok) throw new Error(started.error);
  return started.value;
}

async function call(service: RunningService, method: string, path: string, key: string, body?: object) {
  const response = await fetch(`${service.address}${path}`, {
    method,
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const { data } = JSON.parse(await response.text());
  return { status: response.status, data };
}

async function accountWithWebhook(service: RunningService, endpointUrl: string) {
  const account = await call(service, 'POST', '/platform/v1/accounts', platformKey, {
    type: 'user',
    name: 'Acme',
  });
  const key = await call(
    service,
    'POST',
    `/platform/v1/accounts/${account.data.id}/api-keys`,
    platformKey,
    {},
  );
  const webhook = await call(service, 'POST', '/v3/webhooks', key.data.key, {
    display_name: 'Orders',
    endpoint_url: endpointUrl,
    event_types: ['message'],
  });
  expect(webhook.status).toBe(201);
  return { accountId: account.data.id, key: key.data.key, webhookId: webhook.data.id };
}

const event = (accountId: string) => ({
  account_id: accountId,
  event: 'message.sent',
  payload: { message_id: 'm-1' },
});

test('a worker delivers what the api process accepts, and serves nothing but its health', async () => {
  const url = await newDatabase();
  const receiver = await startReceiver();
  const api = await startOrThrow(url, { POSTHORN_ROLE: 'api' });
  const worker = await startOrThrow(url, { POSTHORN_ROLE: 'worker' });
  const { accountId } = await accountWithWebhook(api, receiver.url);
  const published = await call(api, 'POST', '/platform/v1/events', platformKey, event(accountId));
  expect(published).toMatchObject({ status: 202, data: { events: [{ deliveries: 1 }] } });
  await receiver.next();
  expect((await fetch(`${worker.address}/health/ready`)).status).toBe(200);
  expect((await fetch(`${worker.address}/v3/webhooks`)).status).toBe(404);
  await receiver.close();
});

test('processes that start at once on a new database share it, and none delivers twice', async () => {
  const url = await newDatabase();
  const receiver = await startReceiver();
  const services = await Promise.all([startOrThrow(url), startOrThrow(url), startOrThrow(url)]);
  const [first] = services;
  if (first === undefined) throw new Error('no service was started');
  const { accountId } = await accountWithWebhook(first, receiver.url);
  await Promise.all(
    Array.from({ length: 60 }, (_unused, index) => {
      const service = services[index % services.length] ?? first;
      return call(service, 'POST', '/platform/v1/events', platformKey, event(accountId));
    }),
  );
  await receiver.waitFor(60);
  await Promise.all(running.splice(0).map((service) => service.close()));
  const ids = receiver.requests.map(({ headers }) => headers['x-webhook-event-id']);
  expect(ids).toHaveLength(60);
  expect(new Set(ids).size).toBe(60);
  await receiver.close();
});

test('goes on by itself after every connection to the database was cut', async () => {
  const url = await newDatabase();
  const receiver = await startReceiver();
  const service = await startOrThrow(url);
  const { accountId } = await accountWithWebhook(service, receiver.url);
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
  );
  await admin.end();
  const published = await eventually(
    () => call(service, 'POST', '/platform/v1/events', platformKey, event(accountId)),
    ({ status }) => status === 202,
  );
  expect(published.data.events).toHaveLength(1);
  await receiver.next();
  await receiver.close();
});

test('refuses a secret key that the database was not written with, and changes nothing', async () => {
  const url = await newDatabase();
  await startOrThrow(url);
  await Promise.all(running.splice(0).map((service) => service.close()));
  const refused = await start(url, { POSTHORN_SECRET_KEY: randomBytes(32).toString('base64') });
  expect(refused).toMatchObject({
    ok: false,
    error: expect.stringContaining('POSTHORN_SECRET_KEY is not the key'),
  });
  const rotated = `${randomBytes(32).toString('base64')},${secretKey}`;
  expect(await start(url, { POSTHORN_SECRET_KEY: rotated })).toMatchObject({ ok: true });
});

test('refuses a database of a newer version that it cannot serve, with the reason', async () => {
  const url = await newDatabase();
  await startOrThrow(url);
  await Promise.all(running.splice(0).map((service) => service.close()));
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query(
    "insert into posthorn.migrations (version, name, breaking) values (9999, 'future', true)",
  );
  await admin.end();
  expect(await start(url)).toMatchObject({
    ok: false,
    error: expect.stringContaining('Start the newer version of Posthorn'),
  });
});

test('refuses a database that does not exist or does not let it in, with the reason', async () => {
  expect(await start(`${server.url}/nowhere`)).toMatchObject({
    ok: false,
    error: expect.stringContaining('database "nowhere" does not exist'),
  });
  expect(await start(server.url.replace('postgres:postgres@', 'postgres:wrong@'))).toMatchObject({
    ok: false,
    error: expect.stringContaining('password authentication failed'),
  });
});
