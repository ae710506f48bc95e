/**
 * No key and no signing secret leaves the service where it is not meant to: every route is called, well and badly, with
 * a database that works, refuses and is away, at the lowest log level; then all that came out is searched.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { runProgram } from '../cli/run-program.ts';
import { newBlankServerDatabase } from '../support/blank-database.ts';
import { eventually } from '../support/eventually.ts';
import { recordFigure } from '../support/figures.ts';
import { type ManyProcesses, startManyProcesses } from '../support/many-processes.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { findSecrets, type Secret } from '../support/secret-search.ts';
import { type Spoken, startTalking } from '../support/talkative-client.ts';

const absentId = 'd4f5a6b7-c8d9-4e0f-a1b2-c3d4e5f6a7b8';
const random = () => randomBytes(32).toString('base64');
const databasePassword = randomBytes(24).toString('base64url');
const platformKey = `php_${randomBytes(32).toString('base64url')}`;
const secretKeys = [random(), random()];
/** Not secrets of the service, but of its customers: in the log of deliveries, never in that of the process. */
const payloadText = random();
const receiverText = random();
const endpointPassword = randomBytes(24).toString('base64url');

const secrets: Secret[] = [
  { what: 'the database password', text: databasePassword },
  { what: 'the platform key', text: platformKey },
  ...secretKeys.map((text) => ({ what: 'a secret key', text })),
];
const remember = (what: string, text: string): string => {
  expect(text.length).toBeGreaterThan(40);
  secrets.push({ what, text });
  return text;
};

let admin: pg.Client;
let databaseUrl: string;
let receiver: Receiver;
let service: ManyProcesses;
let settings: Record<string, string>;
let spoken: Spoken;

beforeAll(async () => {
  const { url } = await newBlankServerDatabase(inject('postgresUrl') ?? '');
  admin = new pg.Client({ connectionString: url });
  await admin.connect();
  const role = new URL(url).pathname.slice(1);
  await admin.query(`create role ${role} login password '${databasePassword}'`);
  await admin.query(`alter database ${role} owner to ${role}`);
  databaseUrl = url.replace('postgres:postgres@', `${role}:${databasePassword}@`);
  receiver = await startReceiver(({ path }) => {
    if (path === '/hang-up') return { fault: 'hangUp' };
    const status = path === '/gone' ? 410 : path === '/broken' ? 500 : 200;
    return { status, body: receiverText };
  });
  settings = {
    DATABASE_URL: databaseUrl,
    POSTHORN_PLATFORM_KEY: platformKey,
    POSTHORN_SECRET_KEY: secretKeys.join(','),
    POSTHORN_RATE_LIMIT: '0',
    POSTHORN_RATE_LIMIT_ROTATE: '0',
    POSTHORN_RATE_LIMIT_TEST: '0',
    POSTHORN_RATE_LIMIT_WRONG_KEYS: '0',
    POSTHORN_RETRY_SCHEDULE: '0.05',
    LOG_LEVEL: 'trace',
  };
  service = await startManyProcesses(2, settings);
  spoken = startTalking(service.address);
});

afterAll(async () => {
  process.kill(service.pid, 'SIGTERM');
  await service.exited;
  await receiver.close();
  await admin.end();
});

test('no secret is in a log line, an answer, a metric, the process list, the database or a delivery', async () => {
  const customer = await createCustomer();
  const delivered = await deliver(customer.accountId);
  await askEverything(customer);
  const processList = await commandLines();
  await breakTheDatabase(customer);
  const rows = await dumpDatabase();

  const customers = [
    { what: 'a payload', text: payloadText },
    { what: "a receiver's answer", text: receiverText },
    { what: "an endpoint's password", text: endpointPassword },
  ];
  const log = service.output();
  // The search finds what is there: what was written on purpose, as it was written.
  expect(findSecrets(customers, rows)).toEqual(['a payload, in clear', "a receiver's answer, in clear"]);
  expect(log).toContain('"level":20');
  expect(log).toContain('"level":50');
  expect([...spoken.statuses].sort()).toEqual(expect.arrayContaining([200, 400, 401, 403, 404, 500, 503]));
  expect(receiver.requests.length).toBeGreaterThanOrEqual(delivered);

  expect(findSecrets([...secrets, ...customers], log)).toEqual([]);
  // A row that the database refused is repeated in its error.
  expect(log).toContain('violates check constraint');
  expect(log).not.toContain('Failing row contains');
  expect(findSecrets(secrets, spoken.answers.join('\n'))).toEqual([]);
  expect(findSecrets([...secrets, ...customers], processList)).toEqual([]);
  expect(findSecrets(secrets, rows)).toEqual([]);
  expect(findSecrets(secrets, JSON.stringify(receiver.requests))).toEqual([]);
  await recordFigure({
    topic: 'Secrets',
    what: 'secrets searched in logs, answers, metrics, process list, tables and deliveries',
    tried: secrets.length,
    survived: secrets.length,
    note: `${spoken.requests} requests, ${log.length + rows.length + spoken.answers.join().length} characters`,
  });
}, 120_000);

test.each([
  ['a password that is wrong', () => databaseUrl.replace(databasePassword, `${databasePassword}x`)],
  ['a database that is not there', () => `${databaseUrl}_absent`],
  ['a port where nothing listens', () => databaseUrl.replace(/:\d+\//, ':1/')],
  ['a slash before the password', () => databaseUrl.replace(databasePassword, `/${databasePassword}`)],
  ['a slash after digits of it', () => databaseUrl.replace(databasePassword, `12/${databasePassword}`)],
  ['a hash before the password', () => databaseUrl.replace(databasePassword, `#${databasePassword}`)],
  ['a question mark before it', () => databaseUrl.replace(databasePassword, `?${databasePassword}`)],
  ['a percent sign in it', () => databaseUrl.replace(databasePassword, `%zz${databasePassword}`)],
  ['another scheme', () => databaseUrl.replace('postgres:', 'mysql:')],
])('no command tells what DATABASE_URL holds: %s', async (_what, url) => {
  const environment = { ...settings, DATABASE_URL: url() };
  for (const words of [['migrate'], ['config'], ['config', '--markdown'], ['keys']]) {
    const { code, out, err } = await runProgram(words, environment);
    expect(findSecrets(secrets, out + err), words.join(' ')).toEqual([]);
    if (words[0] === 'migrate') expect(code).not.toBe(0);
  }
});

interface Customer {
  readonly accountId: string;
  readonly key: string;
  readonly webhookId: string;
}

async function createCustomer(): Promise<Customer> {
  const { id: accountId } = await spoken.askForSecret('POST', '/platform/v1/accounts', platformKey, {
    type: 'organization',
    name: 'Acme',
  });
  const keys = `/platform/v1/accounts/${accountId}/api-keys`;
  const { key } = await spoken.askForSecret('POST', keys, platformKey, { name: 'first' });
  remember('an API key', key);
  let webhookId = '';
  for (const path of ['/', '/broken', '/hang-up', '/gone']) {
    const body = { display_name: path, endpoint_url: `${receiver.url}${path}`, event_types: ['message'] };
    const once = { 'idempotency-key': `create${path.slice(1)}` };
    const created = await spoken.askForSecret('POST', '/v3/webhooks', key, body, once);
    remember('a signing secret', created.signing_secret);
    const replayed = await spoken.askForSecret('POST', '/v3/webhooks', key, body, once);
    expect(replayed.signing_secret).toBe(created.signing_secret);
    webhookId = webhookId || created.id;
    for (const rotation of [{ overlap_seconds: 3600 }, {}, { overlap_seconds: 3600 }]) {
      const path = `/v3/webhooks/${created.id}/rotate-secret`;
      const rotated = await spoken.askForSecret('POST', path, key, rotation);
      remember('a signing secret', rotated.signing_secret);
    }
  }
  return { accountId, key, webhookId };
}

/** To receivers that take it, fail, hang up and are gone. @returns how many requests these must have got */
async function deliver(accountId: string): Promise<number> {
  const event = { account_id: accountId, event: 'message.sent', payload: { text: payloadText } };
  await spoken.ask('POST', '/platform/v1/events', { 'x-api-key': platformKey }, event);
  await eventually(
    async () => (await admin.query('select from posthorn.pending_deliveries')).rowCount,
    (pending) => pending === 0,
    30_000,
  );
  return 4;
}

/** Every operation of the OpenAPI document, with every key, rightly and wrongly. */
async function askEverything({ accountId, key, webhookId }: Customer): Promise<void> {
  for (const path of ['/openapi.json', '/metrics', '/health/live', '/health/ready'])
    await spoken.ask('GET', path);
  const document: { paths: Record<string, object> } = JSON.parse(
    await (await fetch(`${service.address}/openapi.json`)).text(),
  );
  const wrongKey = key.slice(0, -1) + (key.endsWith('A') ? 'B' : 'A');
  for (const [template, operations] of Object.entries(document.paths)) {
    const of = (id: string) => template.replace('{name}', 'message.absent').replaceAll(/\{[^}]+\}/g, id);
    for (const method of Object.keys(operations).map((name) => name.toUpperCase())) {
      const isRead = method === 'GET';
      for (const path of isRead
        ? [of(webhookId), of(accountId), of(absentId), of('x')]
        : [of(absentId), of('x')]) {
        for (const sent of [key, platformKey, wrongKey, `${key} ${platformKey}`]) {
          await spoken.ask(method, path, { 'x-api-key': sent }, isRead ? undefined : { text: sent });
        }
        await spoken.ask(method, `${path}?x-api-key=${key}&search=${key}`, {
          authorization: `Bearer ${key}`,
        });
      }
    }
  }
  const own = { 'x-api-key': key };
  await spoken.ask('POST', `/v3/webhooks/${webhookId}/test`, own, { event_type: 'message.sent' });
  await spoken.ask('PATCH', `/v3/webhooks/${webhookId}/toggle-status`, own, { is_active: true });
  await spoken.ask('PUT', `/v3/webhooks/${webhookId}`, own, `{"display_name":"${key}`);
  await spoken.ask('GET', '/v3/me', { ...own, 'x-profile-id': key });
  await spoken.ask('GET', '/v3/me', { ...own, 'idempotency-key': `!${key}` });
  const withPassword = receiver.url.replace('//', `//user:${endpointPassword}@`);
  const webhook = { display_name: 'A', endpoint_url: withPassword, event_types: ['message'] };
  expect(await spoken.ask('POST', '/v3/webhooks', own, webhook)).toBe(400);
  for (const sandbox of [true, false]) {
    await spoken.ask('POST', `/v3/webhooks/${absentId}/rotate-secret`, own, { sandbox });
  }
}

/** What everybody on the machine can see of the processes. */
async function commandLines(): Promise<string> {
  const pids = [service.pid, ...service.childPids()];
  expect(pids.length).toBe(3);
  const files = pids.flatMap((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/comm`]);
  return (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n');
}

/** First it refuses rows, with their contents in its errors; then it is gone. */
async function breakTheDatabase({ accountId, key, webhookId }: Customer): Promise<void> {
  const own = { 'x-api-key': key };
  for (const table of ['webhooks', 'api_keys', 'events', 'idempotent_answers', 'accounts']) {
    await admin.query(`alter table posthorn.${table} add constraint broken check (false) not valid`);
  }
  const webhook = { display_name: 'Refused', endpoint_url: receiver.url, event_types: ['message'] };
  expect(await spoken.ask('POST', '/v3/webhooks', own, webhook)).toBe(500);
  await spoken.ask('POST', '/v3/webhooks', { ...own, 'idempotency-key': 'refused' }, webhook);
  await spoken.ask('POST', `/v3/webhooks/${webhookId}/rotate-secret`, own, {});
  const ofPlatform = { 'x-api-key': platformKey };
  await spoken.ask('POST', `/platform/v1/accounts/${accountId}/api-keys`, ofPlatform, { name: 'refused' });
  const event = { account_id: accountId, event: 'message.sent', payload: { text: payloadText } };
  expect(await spoken.ask('POST', '/platform/v1/events', ofPlatform, event)).toBe(500);

  const role = new URL(databaseUrl).username;
  await admin.query(`alter role ${role} connection limit 0`);
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [role]);
  expect(await spoken.ask('GET', '/v3/webhooks', own)).toBe(503);
  await spoken.ask('POST', '/platform/v1/events', ofPlatform, event);
  await spoken.ask('GET', '/health/ready');
  await admin.query(`alter role ${role} connection limit -1`);
  await eventually(
    () => spoken.ask('GET', '/v3/webhooks', own),
    (status) => status === 200,
    30_000,
  );
}

/** Every row of every table as text, and the statements that the server shows. */
async function dumpDatabase(): Promise<string> {
  const { rows: tables } = await admin.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'posthorn'`,
  );
  expect(tables.length).toBeGreaterThan(10);
  const lines: string[] = [];
  for (const { name } of tables) {
    const { rows } = await admin.query<{ line: string }>(`select t::text as line from ${name} t`);
    lines.push(...rows.map(({ line }) => `${name} ${line}`));
  }
  const { rows: statements } = await admin.query<{ query: string }>('select query from pg_stat_activity');
  return [...lines, ...statements.map(({ query }) => query)].join('\n');
}
