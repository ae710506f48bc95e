/** What docs/operations.md asks the database and the service is asked, of a PostgreSQL server with a backlog; ports differ. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readMigrations } from '../../src/storage/migrations.ts';
import { createCustomer, publish } from '../support/customers.ts';
import { testSecretKey } from '../support/factory.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { type ServerProcess, startServerProcess } from '../support/service-process.ts';
import { fencesOf, readPage, repository, sectionOf, tableRows } from './markdown.ts';

const page = readPage('docs/operations.md').text;
const platformKey = 'php_platform-key-of-the-test';
const hanging = 3;

let server: PostgresServer;
let url: string;
let client: pg.Client;
let receiver: Receiver;
let service: ServerProcess;

beforeAll(async () => {
  [server, receiver] = await Promise.all([startPostgres(), startReceiver({ fault: 'hang' })]);
  await server.createDatabase('operated');
  url = `${server.url}/operated`;
  service = await startServerProcess({
    DATABASE_URL: url,
    POSTHORN_PLATFORM_KEY: platformKey,
    POSTHORN_SECRET_KEY: testSecretKey.toString('base64'),
    POSTHORN_PROCESSES: '1',
  });
  client = new pg.Client({ connectionString: url });
  await client.connect();
  const customer = await createCustomer(service, platformKey, receiver.url, ['orders']);
  const numbers = Array.from({ length: hanging }, (_none, n) => n);
  expect(await publish(service, platformKey, customer, numbers)).toBe(true);
  await receiver.waitFor(hanging);
});
afterAll(async () => {
  await client.end();
  await service.end('SIGKILL');
  await receiver.close();
  await server.stop();
});

function queryThatSelects(text: string): string {
  const [code, ...others] = fencesOf(page).flatMap((fence) =>
    fence.language === 'sql' && fence.code.includes(text) ? [fence.code] : [],
  );
  if (code === undefined || others.length > 0) throw new Error(`not one query contains ${text}`);
  return code;
}

async function paste(code: string): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, DATABASE_URL: url };
  const { stdout } = await promisify(execFile)('bash', ['-c', code], { cwd: repository, env });
  return stdout;
}

async function scrape(): Promise<string> {
  return (await fetch(`${service.address}/metrics`)).text();
}

test('every query of the page runs', async () => {
  const queries = fencesOf(page).filter(({ language }) => language === 'sql');
  expect(queries.length).toBeGreaterThan(0);
  for (const { code } of queries) await client.query(code);
});

test('the queue is told by what is ready, being sent and waiting', async () => {
  const query = queryThatSelects('as being_sent');
  expect((await client.query(query)).rows).toEqual([
    {
      ready: '0',
      being_sent: String(hanging),
      waiting: '0',
      oldest_ready_seconds: null,
      overdue_seconds: null,
    },
  ]);
  await client.query('begin');
  await client.query(`
    insert into posthorn.pending_deliveries (webhook_id, id, event_id, event_name, field, due_at, lease)
    select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'message.sent', 'message', due_at, lease
    from (values
      (now() - interval '90 s', null),
      (now() - interval '20 s', '00000000-0000-0000-0000-000000000000'::uuid),
      (now() + interval '1 hour', '00000000-0000-0000-0000-000000000000')
    ) as given (due_at, lease)`);
  expect((await client.query(query)).rows).toMatchObject([
    { ready: '1', waiting: '1', oldest_ready_seconds: 90, overdue_seconds: 20 },
  ]);
  await client.query('rollback');
});

test('the backlog is told by webhook', async () => {
  const { rows } = await client.query(queryThatSelects('backlog.deliveries'));
  expect(rows).toMatchObject([{ endpoint_url: `${receiver.url}/orders`, deliveries: String(hanging) }]);
});

test('every day of the log is there, a week ahead', async () => {
  const { rows } = await client.query(queryThatSelects('pg_size_pretty'));
  expect(rows).toHaveLength(9);
});

test('a process opens no more connections than the page counts', async () => {
  const [, counted = ''] = /opens up to (\d+) connections/.exec(page) ?? [];
  await Promise.all(Array.from({ length: 30 }, () => fetch(`${service.address}/health/ready`)));
  const { rows } = await client.query(queryThatSelects("application_name = 'posthorn'"));
  const [{ count }] = rows;
  expect(Number(count)).toBeGreaterThan(1);
  expect(Number(count)).toBeLessThanOrEqual(Number(counted));
});

test('every metric that the page names is served, and every metric of ours is on the page', async () => {
  const served = new Set([...(await scrape()).matchAll(/^# TYPE (\w+)/gm)].map(([, name = '']) => name));
  const named: string[] =
    page.match(/\b(posthorn|nodejs|process)_\w+_(total|seconds|bytes|flight)\b|\bposthorn_processes\b/g) ??
    [];
  expect(named.filter((name) => !served.has(name))).toEqual([]);
  const ours = [...served].filter((name) => name.startsWith('posthorn_'));
  expect(ours.filter((name) => !named.includes(name))).toEqual([]);
});

test('the commands run', async () => {
  const commands = fencesOf(page).filter(({ language }) => language === 'bash');
  const outputs: string[] = [];
  for (const { code } of commands)
    outputs.push(await paste(code.replace('http://127.0.0.1:4000', service.address)));
  expect(outputs).toEqual([
    expect.stringMatching(/^posthorn_processes 1$/m),
    expect.stringMatching(/./),
    expect.stringMatching(/is at version \d+ already/),
  ]);
});

test('every migration has its line', async () => {
  const migrations = (await readMigrations()).map(
    ({ version, name }) => `\`${String(version).padStart(4, '0')}_${name}\``,
  );
  const described = tableRows(sectionOf(page, '## Upgrades')).map(([name]) => name);
  expect(described.slice(1)).toEqual(migrations);
});
