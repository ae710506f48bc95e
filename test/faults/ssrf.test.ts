/**
 * Nobody reaches an address that is not allowed: every way to write one, at every stage at which the service could be
 * made to connect to it, with a listener on all addresses of this machine that nobody may connect to. What names can
 * do is in rebinding.test.ts.
 */
import sql from 'sql-template-tag';
import { afterEach, expect, inject, test } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { newBlankServerDatabase } from '../support/blank-database.ts';
import { startConnectionCounter } from '../support/connection-counter.ts';
import { createCustomer } from '../support/customers.ts';
import { testSecretKey } from '../support/factory.ts';
import { recordFigure } from '../support/figures.ts';
import { forbiddenUrls } from '../support/forbidden-urls.ts';
import { startReceiver } from '../support/receiver.ts';
import { startServerProcess } from '../support/service-process.ts';
import { startTally } from '../support/tally.ts';
import { type WebhookOwner, webhookOwner } from '../support/webhook-owner.ts';

const platformKey = 'php_platform-key-of-the-test';
/** Public, so that it is accepted, and reserved, so that it leads nowhere. */
const harmless = 'http://hooks.example.invalid/';
/** What the owner is told of an address that was not connected to. */
const notConnected = /not public|not a valid HTTP|could not be resolved/;

interface Service {
  readonly owner: WebhookOwner;
  readonly db: Database;
}

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

test('no way to write a forbidden address is accepted, and where one is stored all the same it is not connected to', async () => {
  const listener = await startConnectionCounter();
  opened.push(listener.close);
  const { owner, db } = await startService('none');
  const urls = forbiddenUrls(listener.port);
  const cases = startTally();

  const target = await owner.created(harmless);
  for (const url of urls) {
    const created = await owner.create(url);
    cases.check(`create ${url}`, created.status === 400, created);
    const updated = await owner.update(target, url);
    cases.check(`update ${url}`, updated.status === 400, updated);
  }
  const stored = new Map<string, string>();
  for (const url of urls) stored.set(await storedWebhook({ owner, db }, url), url);
  for (const [id, url] of stored) {
    const reason = await owner.test(id);
    cases.check(`test ${url}`, notConnected.test(reason ?? ''), reason);
  }
  const deliveries = await owner.deliveriesOf(await owner.publish());
  for (const [id, url] of stored) {
    const [first, retry, ...more] = deliveries.get(id)?.attempts ?? [];
    cases.check(`delivery ${url}`, notConnected.test(first?.error_message ?? ''), first);
    cases.check(`retry ${url}`, more.length === 0 && notConnected.test(retry?.error_message ?? ''), retry);
    const told = await owner.resend(deliveries.get(id));
    cases.check(`resend ${url}`, notConnected.test(told ?? ''), told);
  }
  expect(cases.problems).toEqual([]);
  expect(cases.tried).toBe(urls.length * 6);
  expect(listener.reached).toEqual([]);
  await recordFigure({
    topic: 'Forbidden addresses',
    what: 'ways to write one, at create, update, test, delivery, retry and resend',
    tried: cases.tried,
    survived: cases.survived,
    note: `${urls.length} ways at 6 stages; ${listener.connections} connections made`,
  });
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
  const cases = startTally();
  for (const host of [...open, ...shut]) {
    const id = await storedWebhook(service, `http://${host}:${listener.port}/`);
    const before = listener.connections;
    const reason = await service.owner.test(id);
    const connections = listener.connections - before;
    cases.check(host, connections === (open.includes(host) ? 1 : 0), { connections, reason });
  }
  expect(cases.problems).toEqual([]);
  expect(listener.connections).toBe(open.length);
  await recordFigure({
    topic: 'Forbidden addresses',
    what: `only ${network} allowed`,
    tried: cases.tried,
    survived: cases.survived,
    note: `${listener.connections} connections made, ${open.length} allowed`,
  });
});

test('a redirect to a forbidden address is not followed, whatever its form', async () => {
  const listener = await startConnectionCounter();
  opened.push(listener.close);
  const forbidden = `http://127.0.0.2:${listener.port}/`;
  const forms = [300, 301, 302, 303, 305, 307, 308, 200, 201, 401, 503].flatMap((status) =>
    ['location', 'refresh', 'content-location', 'link', 'alt-svc'].map((name) => ({ status, name })),
  );
  const receiver = await startReceiver((_, index) => {
    const { status, name } = forms[index] ?? { status: 500, name: 'location' };
    const value = { refresh: `0; url=${forbidden}`, link: `<${forbidden}>; rel=canonical` }[name];
    return { status, headers: { [name]: value ?? forbidden } };
  });
  opened.push(receiver.close);
  const { owner } = await startService('127.0.0.1/32');
  const id = await owner.created(receiver.url);
  const cases = startTally();
  for (const { status, name } of forms) {
    const before = receiver.requests.length;
    const reason = await owner.test(id);
    const isTold =
      status < 300 ? reason === null : reason?.startsWith(`The endpoint answered ${status}`) === true;
    const isOne = receiver.requests.length === before + 1 && listener.connections === 0;
    cases.check(`${status} with ${name}`, isTold && isOne, { reason, reached: listener.reached });
  }
  expect(cases.problems).toEqual([]);
  expect(listener.reached).toEqual([]);
  await recordFigure({
    topic: 'Forbidden addresses',
    what: 'answers that point to one: redirects and headers like them',
    tried: cases.tried,
    survived: cases.survived,
    note: `${listener.connections} connections made`,
  });
});

/** As if it had been stored while its network was allowed. */
async function storedWebhook({ owner, db }: Service, url: string): Promise<string> {
  const id = await owner.created(harmless);
  await db.query(sql`update webhooks set endpoint_url = ${url} where id = ${id}`);
  return id;
}

async function startService(allowedNetworks: string): Promise<Service> {
  const { url } = await newBlankServerDatabase(inject('postgresUrl') ?? '');
  const service = await startServerProcess({
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
  opened.push(() => service.end('SIGKILL'));
  const db = openPostgres({ url, connectionsMax: 2, onTrouble: () => {} });
  opened.push(() => db.close());
  const customer = await createCustomer(service, platformKey, 'unused', []);
  return { owner: webhookOwner({ ...service, ...customer, platformKey }), db };
}
