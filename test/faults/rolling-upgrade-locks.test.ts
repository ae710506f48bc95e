/**
 * Migrations run beside a version that serves. One that locks tables in another order than a statement of that version
 * does is a deadlock with it: the statement fails, or the migration does and is begun anew, without an end.
 */
import sql from 'sql-template-tag';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Queryable } from '../../src/storage/database.ts';
import { migrate, readMigrations } from '../../src/storage/migrations.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { eventually } from '../support/eventually.ts';
import { recordFigure } from '../support/figures.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';

const webhook = '01900000-0000-7000-8000-000000000001';
const lookAtQueue = sql`select from pending_deliveries limit 1`;
const addToQueue = sql`insert into pending_deliveries (webhook_id, id, event_id, event_name, field, due_at)
  values (${webhook}, ${webhook}, ${webhook}, 'message.sent', 'message', clock_now())`;
const addKey = sql`insert into dedup_keys (account_id, producer_id, event_id) values (${webhook}, '1', ${webhook})`;
const lookAtErasures = sql`select from erasures limit 1`;
const removeKeys = sql`delete from dedup_keys where account_id = ${webhook}`;
const addToLog = sql`insert into deliveries (id, webhook_id, event_id, event_name, field, status, attempts, finished_at)
  values (${webhook}, ${webhook}, ${webhook}, 'message.sent', 'message', 'delivered', 1, clock_now())`;

let server: PostgresServer;
let databases = 0;
const migrated: string[] = [];

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
afterAll(() =>
  recordFigure({
    topic: 'Upgrades',
    what: 'migrations that wait for a statement of the version before',
    tried: cases.length,
    survived: migrated.length,
    note: migrated.join(', '),
  }),
);

const cases = [
  ['publishes', addKey, addToQueue],
  ['claims', lookAtQueue, addToQueue],
  ['records', addToQueue, addToLog],
  ['erases an account', lookAtErasures, removeKeys],
  ['erases a webhook', lookAtErasures, addToQueue],
] as const;

test.each(cases)(
  'waits for a process that %s and holds nothing that it waits for',
  async (doing, first, second) => {
    const name = `locks_${databases++}`;
    await server.createDatabase(name);
    const db = openPostgres({ url: `${server.url}/${name}`, connectionsMax: 4, onTrouble: () => {} });
    try {
      await migrate(db, (await readMigrations()).slice(0, 1));
      const { migrating } = await db.transaction(async (transaction) => {
        await transaction.query(first);
        const migrating = migrate(db);
        await untilSomebodyWaits(db);
        await transaction.query(second);
        return { migrating };
      });
      expect(await migrating).toMatchObject({ ok: true });
      migrated.push(doing);
    } finally {
      await db.close();
    }
  },
);

async function untilSomebodyWaits(db: Queryable): Promise<void> {
  await eventually(
    () =>
      db.query(sql`
      select from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())`),
    (waiting) => waiting.length > 0,
  );
}
