/** PostgreSQL itself is killed, stays away, takes no changes and no connections, under load. */
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { recordFigure } from '../support/figures.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import {
  expectTruthful,
  openDirect,
  startWatchedService,
  type WatchedService,
} from '../support/watched-service.ts';

let server: PostgresServer;
let watched: WatchedService;
let direct: Database;

beforeEach(async () => {
  server = await startPostgres({ connectionsMax: 30 });
  await server.createDatabase('faults');
  watched = await startWatchedService(`${server.url}/faults`);
  direct = openDirect(`${server.url}/faults`);
  await watched.answer(202, ['publish']);
});
afterEach(async () => {
  await watched.close();
  await direct.close();
  await server.stop();
});

async function expectRecovered(what: string, tried: number): Promise<void> {
  await watched.answer(202, ['publish']);
  await watched.answer(200, ['list', 'idempotent', 'ready']);
  const settled = await watched.settle(direct);
  await recordFigure({
    topic: 'Database',
    what,
    tried,
    survived: tried,
    lost: settled.lost,
    duplicated: settled.sentTwice,
    note: `${settled.acknowledged} events acknowledged, ${settled.refused} requests refused, longest answer ${settled.longestMs} ms`,
  });
  expectTruthful(watched.answers);
  expect(settled.lost).toBe(0);
}

test('a server that is killed and started again, three times, loses nothing and is found again', async () => {
  const rounds = 3;
  for (let round = 0; round < rounds; round++) {
    await server.kill();
    await watched.answer(503);
    await server.restart();
    await watched.answer(202, ['publish']);
  }
  await expectRecovered('SIGKILL of the server and all its processes', rounds);
});

test('a server that is away for several leases is waited for', async () => {
  await server.kill();
  const awaySince = performance.now();
  while (performance.now() - awaySince < 20_000) await watched.answer(503);
  await server.restart();
  await expectRecovered('the server away for 20 s', 1);
});

test('a server that takes no changes for a while is an outage and not an error', async () => {
  const admin = await connectAdmin();
  await admin.query('alter system set default_transaction_read_only = on');
  await admin.query('select pg_reload_conf()');
  await watched.answer(503, ['publish', 'idempotent']);
  await admin.query('set default_transaction_read_only = off');
  await admin.query('alter system reset default_transaction_read_only');
  await admin.query('select pg_reload_conf()');
  await expectRecovered('the server read-only', 1);
  await admin.end();
});

test('a server whose connections others have taken is an outage until they give them back', async () => {
  const admin = await connectAdmin();
  const others: pg.Client[] = [];
  await takeAllConnections(admin, others);
  await watched.answer(503);
  await Promise.all(others.map((client) => client.end()));
  await expectRecovered('every connection of the server taken by others', 1);
  await admin.end();
});

async function connectAdmin(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: `${server.url}/postgres` });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** Ends those of the service until none of its own is left. */
async function takeAllConnections(admin: pg.Client, others: pg.Client[]): Promise<void> {
  for (;;) {
    try {
      others.push(await connectAdmin());
    } catch {
      const { rowCount } = await admin.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'posthorn'",
      );
      if (rowCount === 0) return;
    }
  }
}
