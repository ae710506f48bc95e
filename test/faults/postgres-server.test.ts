/** PostgreSQL itself is killed, stays away, takes no changes and no connections, under load. */
import pg from 'pg';
import { afterEach, beforeEach, test } from 'vitest';
import { type DatabaseOutage, startOutage } from '../support/database-outage.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';

/** Many leases and many waits between two tries to connect; stands for the minutes of a failover. */
const awayMs = 60_000;

let server: PostgresServer;
let outage: DatabaseOutage;

beforeEach(async () => {
  server = await startPostgres({ connectionsMax: 30 });
  await server.createDatabase('faults');
  outage = await startOutage(`${server.url}/faults`);
});
afterEach(async () => {
  await outage.close();
  await server.stop();
});

test('a server that is killed and started again, three times, loses nothing and is found again', async () => {
  const rounds = 3;
  for (let round = 0; round < rounds; round++) {
    await server.kill();
    await outage.answer(503);
    await server.restart();
    await outage.recovers();
  }
  await outage.recordRecovery({ what: 'SIGKILL of the server and all its processes', tried: rounds });
});

test('a server that is away for a minute is waited for', async () => {
  await server.kill();
  const awaySince = performance.now();
  while (performance.now() - awaySince < awayMs) await outage.answer(503);
  await server.restart();
  await outage.recovers();
  await outage.recordRecovery({ what: `the server away for ${awayMs / 1000} s`, tried: 1 });
});

test('a server that takes no changes for a while is an outage and not an error', async () => {
  const admin = await connectAdmin();
  await admin.query('alter system set default_transaction_read_only = on');
  await admin.query('select pg_reload_conf()');
  await outage.answer(503, ['publish', 'idempotent']);
  await admin.query('set default_transaction_read_only = off');
  await admin.query('alter system reset default_transaction_read_only');
  await admin.query('select pg_reload_conf()');
  await outage.recovers();
  await outage.recordRecovery({ what: 'the server read-only', tried: 1 });
  await admin.end();
});

test('a server whose connections others have taken is an outage until they give them back', async () => {
  const admin = await connectAdmin();
  const others: pg.Client[] = [];
  await takeAllConnections(admin, others);
  await outage.answer(503);
  await Promise.all(others.map((client) => client.end()));
  await outage.recovers();
  await outage.recordRecovery({ what: 'every connection of the server taken by others', tried: 1 });
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
