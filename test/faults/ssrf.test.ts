/**
 * Nobody reaches an address that is not allowed: every way to write one, at every stage at which the service could be
 * made to connect to it, with a listener on all addresses of this machine that nobody may connect to.
 */
import sql from 'sql-template-tag';
import { afterEach, expect, inject, test } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { newBlankServerDatabase } from '../support/blank-database.ts';
import { startConnectionCounter } from '../support/connection-counter.ts';
import { eventually } from '../support/eventually.ts';
import { testSecretKey } from '../support/factory.ts';
import { recordFigure } from '../support/figures.ts';
import { forbiddenUrls } from '../support/forbidden-urls.ts';
import { startReceiver } from '../support/receiver.ts';
import { type ServerProcess, startServerProcess } from '../support/service-process.ts';

const platformKey = 'php_platform-key-of-the-test';
/** Public, so that it is accepted, and reserved, so that it leads nowhere. */
const harmless = 'http://hooks.example.invalid/';

interface Service {
  readonly db: Database;
  readonly address: string;
  readonly apiKey: string;
  readonly accountId: string;
}

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

test('no way to write a forbidden address is accepted, and where one is stored all the same it is not connected to', async () => {
  const listener = await startConnectionCounter();
  opened.push(listener.close);
  const service = await startService('none');
  const urls = forbiddenUrls(listener.port);
  const problems: string[] = [];

  const target = await create(service, harmless);
  for (const url of urls) {
    const created = await request(service, 'POST', '/v3/webhooks', body(url));
    const updated = await request(service, 'PUT', `/v3/webhooks/${target.id}`, body(url));
    if (created.status !== 400) problems.push(`create ${url}: ${created.status}`);
    if (updated.status !== 400) problems.push(`update ${url}: ${updated.status}`);
  }

  // As if it had been stored while its network was allowed.
  const stored = new Map<string, string>();
  for (const url of urls) {
    const { id } = await create(service, harmless);
    await service.db.query(sql`update webhooks set endpoint_url = ${url} where id = ${id}`);
    stored.set(id, url);
  }
  for (const [id, url] of stored) {
    const tested = await request(service, 'POST', `/v3/webhooks/${id}/test`, { event_type: 'message.sent' });
    if (tested.data.success !== false) problems.push(`test ${url}: ${JSON.stringify(tested.data)}`);
  }
  await publish(service);
  for (const [id, url] of stored) {
    const item = await finishedDelivery(service, id);
    if (item.delivery_status !== 'failed' || item.delivery_attempts !== 2)
      problems.push(`delivery ${url}: ${JSON.stringify(item)}`);
    if (!/not public|not a valid HTTP|could not be resolved/.test(item.error_message))
      problems.push(`delivery ${url}: ${item.error_message}`);
  }

  const stages = 5;
  await recordFigure({
    topic: 'Forbidden addresses',
    what: 'ways to write one, at create, update, test, delivery and retry',
    tried: urls.length * stages,
    survived: urls.length * stages - problems.length,
    note: `${urls.length} ways at ${stages} stages; ${listener.connections} connections made`,
  });
  expect(problems).toEqual([]);
  expect(listener.connections).toBe(0);
});

test.each([
  [
    '127.0.0.1/32',
    ['127.0.0.1', '0x7f.1', '[::ffff:127.0.0.1]'],
    ['127.0.0.2', '[::1]', '0.0.0.0', 'localhost.test.invalid'],
  ],
  ['127.0.0.2/32', ['127.0.0.2', '2130706434'], ['127.0.0.1', '[::1]', 'localhost']],
  ['::1/128', ['[::1]', '[::0.0.0.1]'], ['127.0.0.1', '127.0.0.2', '[::]', '[::ffff:127.0.0.1]']],
])('with %s allowed exactly that is open', async (network, open, shut) => {
  const listener = await startConnectionCounter();
  opened.push(listener.close);
  const service = await startService(network);
  const reached: string[] = [];
  for (const host of [...open, ...shut]) {
    const { id } = await create(service, harmless);
    const url = `http://${host}:${listener.port}/`;
    await service.db.query(sql`update webhooks set endpoint_url = ${url} where id = ${id}`);
    const before = listener.connections;
    await request(service, 'POST', `/v3/webhooks/${id}/test`, { event_type: 'message.sent' });
    if (listener.connections > before) reached.push(host);
  }
  await recordFigure({
    topic: 'Forbidden addresses',
    what: `only ${network} allowed`,
    tried: open.length + shut.length,
    survived: open.length + shut.length - reached.filter((host) => !open.includes(host)).length,
    note: `${reached.length} reached, ${open.length} allowed`,
  });
  expect(reached).toEqual(open);
});

test('a redirect to a forbidden address is not followed, whatever its form', async () => {
  const listener = await startConnectionCounter();
  opened.push(listener.close);
  const forbidden = `http://127.0.0.2:${listener.port}/`;
  const forms = [300, 301, 302, 303, 305, 307, 308, 200, 201, 401, 503].flatMap((status) =>
    ['location', 'refresh', 'content-location', 'link', 'alt-svc'].map((name) => ({ status, name })),
  );
  const receiver = await startReceiver((_, index) => {
    const { status, name } = forms[index] ?? { status: 200, name: 'location' };
    const value = { refresh: `0; url=${forbidden}`, link: `<${forbidden}>; rel=canonical` }[name];
    return { status, headers: { [name]: value ?? forbidden } };
  });
  opened.push(receiver.close);
  const service = await startService('127.0.0.1/32');
  const { id } = await create(service, receiver.url);
  for (const _ of forms)
    await request(service, 'POST', `/v3/webhooks/${id}/test`, { event_type: 'message.sent' });
  await recordFigure({
    topic: 'Forbidden addresses',
    what: 'answers that point to one: redirects and headers like them',
    tried: forms.length,
    survived: forms.length - listener.connections,
    note: `${listener.connections} connections made`,
  });
  expect(receiver.requests).toHaveLength(forms.length);
  expect(listener.connections).toBe(0);
});

async function startService(allowedNetworks: string): Promise<Service> {
  const { url } = await newBlankServerDatabase(inject('postgresUrl') ?? '');
  const process: ServerProcess = await startServerProcess({
    DATABASE_URL: url,
    POSTHORN_PROCESSES: '1',
    POSTHORN_PLATFORM_KEY: platformKey,
    POSTHORN_SECRET_KEY: testSecretKey.toString('base64'),
    POSTHORN_ALLOWED_NETWORKS: allowedNetworks,
    POSTHORN_RATE_LIMIT: '0',
    POSTHORN_RATE_LIMIT_TEST: '0',
    POSTHORN_AUTO_DISABLE_AFTER: '0',
    POSTHORN_RETRY_SCHEDULE: '0.1',
  });
  opened.push(() => process.end('SIGTERM'));
  const db = openPostgres({ url, connectionsMax: 2, onTrouble: () => {} });
  opened.push(() => db.close());
  const platform = { ...process, db, apiKey: platformKey, accountId: '' };
  const account = await request(platform, 'POST', '/platform/v1/accounts', { type: 'user', name: 'Acme' });
  const key = await request(platform, 'POST', `/platform/v1/accounts/${account.data.id}/api-keys`, {});
  return { db, address: process.address, apiKey: key.data.key, accountId: account.data.id };
}

function body(url: string): object {
  return {
    display_name: 'x',
    endpoint_url: url,
    event_types: ['message'],
    retry_count: 1,
    timeout_seconds: 5,
  };
}

async function create(service: Service, url: string): Promise<{ id: string }> {
  const created = await request(service, 'POST', '/v3/webhooks', body(url));
  if (created.status !== 201) throw new Error(`not created: ${JSON.stringify(created)}`);
  return created.data;
}

async function publish(service: Service): Promise<void> {
  const event = { account_id: service.accountId, event: 'message.sent', payload: {} };
  const published = await request({ ...service, apiKey: platformKey }, 'POST', '/platform/v1/events', event);
  expect(published.status).toBe(202);
}

interface LogItem {
  readonly delivery_status: string;
  readonly delivery_attempts: number;
  readonly error_message: string;
}

/** The published one, not the test before it. */
async function finishedDelivery(service: Service, id: string): Promise<LogItem> {
  const items = await eventually(
    async () => (await request(service, 'GET', `/v3/webhooks/${id}/events`)).data.events,
    ([newest]) => newest?.delivery_status === 'failed' && newest.delivery_attempts === 2,
    60_000,
  );
  const [newest] = items;
  if (newest === undefined) throw new Error('the log is empty');
  return newest;
}

interface Answered {
  readonly status: number;
  readonly data: { id: string; key: string; success: boolean; events: LogItem[] };
}

async function request(
  { address, apiKey }: Pick<Service, 'address' | 'apiKey'>,
  method: string,
  path: string,
  content?: object,
): Promise<Answered> {
  const response = await fetch(`${address}${path}`, {
    method,
    headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
    ...(content !== undefined && { body: JSON.stringify(content) }),
  });
  const answered: { data: Answered['data'] } = JSON.parse(await response.text());
  return { status: response.status, data: answered.data };
}
