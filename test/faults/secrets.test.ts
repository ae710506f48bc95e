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
import {
  askEverything,
  breakTheDatabase,
  type Customer,
  dumpDatabase,
  type Provoked,
} from '../support/secret-provocation.ts';
import { findSecrets, type Secret } from '../support/secret-search.ts';
import { type Spoken, startTalking } from '../support/talkative-client.ts';

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
  ...secretKeys.map((text, index) => ({ what: `secret key ${index}`, text })),
];
const remember = (what: string, text: string): string => {
  expect(text.length).toBeGreaterThan(40);
  secrets.push({ what: `${what} ${secrets.length}`, text });
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
  const provoked: Provoked = {
    spoken,
    address: service.address,
    platformKey,
    receiverUrl: receiver.url,
    endpointPassword,
    payloadText,
  };
  await askEverything(provoked, { ...customer, deliveryId: deliveredTo(customer) });
  const processList = await commandLines();
  await breakTheDatabase(admin, new URL(databaseUrl).username, provoked, customer);
  const rows = await dumpDatabase(admin);

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

  const found = [
    ...findSecrets([...secrets, ...customers], `${log}\n${processList}`),
    ...findSecrets(secrets, spoken.answers.join('\n')),
    ...findSecrets(secrets, rows),
    ...findSecrets(secrets, JSON.stringify(receiver.requests)),
  ];
  expect(found).toEqual([]);
  // A row that the database refused is repeated in its error.
  expect(log).toContain('violates check constraint');
  expect(log).not.toContain('Failing row contains');
  const kept = secrets.filter(({ what }) => !found.some((place) => place.startsWith(`${what},`)));
  await recordFigure({
    topic: 'Secrets',
    what: 'secrets searched in logs, answers, metrics, process list, tables and deliveries',
    tried: secrets.length,
    survived: kept.length,
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

async function createCustomer(): Promise<Customer> {
  const { id: accountId } = await spoken.askForSecret('POST', '/platform/v1/accounts', platformKey, {
    type: 'organization',
    name: 'Acme',
  });
  const keys = `/platform/v1/accounts/${accountId}/api-keys`;
  const { key } = await spoken.askForSecret('POST', keys, platformKey, { name: 'first' });
  remember('API key', key);
  let webhookId = '';
  for (const path of ['/', '/broken', '/hang-up', '/gone']) {
    const body = { display_name: path, endpoint_url: `${receiver.url}${path}`, event_types: ['message'] };
    const once = { 'idempotency-key': `create${path.slice(1)}` };
    const created = await spoken.askForSecret('POST', '/v3/webhooks', key, body, once);
    remember('signing secret', created.signing_secret);
    const replayed = await spoken.askForSecret('POST', '/v3/webhooks', key, body, once);
    expect(replayed.signing_secret).toBe(created.signing_secret);
    webhookId = webhookId || created.id;
    for (const rotation of [{ overlap_seconds: 3600 }, {}, { overlap_seconds: 3600 }]) {
      const path = `/v3/webhooks/${created.id}/rotate-secret`;
      const rotated = await spoken.askForSecret('POST', path, key, rotation);
      remember('signing secret', rotated.signing_secret);
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

/** The id of what a webhook of the customer got. */
function deliveredTo({ webhookId }: Customer): string {
  const request = receiver.requests.find(({ headers }) => headers['x-webhook-id'] === webhookId);
  return String(request?.headers['x-webhook-event-id']);
}

/** What everybody on the machine can see of the processes. */
async function commandLines(): Promise<string> {
  const pids = [service.pid, ...service.childPids()];
  expect(pids.length).toBe(3);
  const files = pids.flatMap((pid) => [`/proc/${pid}/cmdline`, `/proc/${pid}/comm`]);
  return (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n');
}
