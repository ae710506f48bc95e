/**
 * Processes are killed while they bring a database to this version's schema: the next start finishes it, with what was in
 * the database. A migration is one transaction; what is shown here is that nothing outside of it stands in the way.
 */
import { setTimeout as pause } from 'node:timers/promises';
import sql, { type Sql } from 'sql-template-tag';
import { expect, inject, test } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { migrate, readMigrations } from '../../src/storage/migrations.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { newBlankServerDatabase } from '../support/blank-database.ts';
import { recordFigure } from '../support/figures.ts';
import { commonSettings } from '../support/kill-deployment.ts';
import { holdLock, untilWaiting } from '../support/kill-locks.ts';
import { startRandom } from '../support/kill-seed.ts';
import { beginStart } from '../support/kill-start.ts';
import { startServerProcess } from '../support/service-process.ts';

/** Of each schema version. */
const rounds = 3;
const roundsBlank = 6;
/** A start on an idle machine is done a little earlier. */
const latestKillMs = 900;
const topic = 'Process killed';
const webhook = '01900000-0000-7000-8000-000000000001';
const addToQueue = sql`insert into pending_deliveries (webhook_id, id, event_id, event_name, field, due_at)
  values (${webhook}, gen_random_uuid(), ${webhook}, 'message.sent', 'message', clock_now())`;

/** By the version of the schema: what the version before is just doing, and how the migration begins that waits for it. */
const steps: readonly { from: number; held: Sql; waits: string }[] = [
  { from: 1, held: addToQueue, waits: '%The queue in two indexes%' },
  {
    from: 2,
    held: sql`lock table deliveries in row exclusive mode`,
    waits: '%Totals, failures and erasures%',
  },
];

test('killed while a migration waits for a table: the next start finishes it, and keeps what was there', async () => {
  await onBlankDatabase(async (db, settings) => {
    const migrations = await readMigrations();
    let killed = 0;
    for (const { from, held, waits } of steps) {
      expect(await migrate(db, migrations.slice(0, from))).toMatchObject({ ok: true });
      await db.query(addToQueue);
      for (let round = 0; round < rounds; round++) {
        const lock = await holdLock(db, held);
        const starting = beginStart(settings);
        try {
          await untilWaiting(db, waits);
        } finally {
          starting.kill();
        }
        expect((await starting.ended).code).toBeNull();
        killed++;
        await lock.release();
      }
    }
    await expectCompleteAfterStart(db, settings);
    // One of each version, and those of whoever was in the way.
    expect(await db.query(sql`select from pending_deliveries`)).toHaveLength(steps.length + rounds);
    const note = 'each start where the one before left it, the last one to the end';
    await recordFigure({
      topic,
      what: 'a migration that waits for a lock',
      tried: killed,
      survived: killed,
      note,
    });
  });
}, 120_000);

test('killed at random moments of the first start on an empty database: the next start finishes it', async () => {
  const random = startRandom('first starts on PostgreSQL');
  await onBlankDatabase(async (db, settings) => {
    let killed = 0;
    for (let round = 0; round < roundsBlank; round++) {
      const starting = beginStart(settings);
      await pause(random.fraction() * latestKillMs);
      starting.kill();
      expect((await starting.ended).code).toBeNull();
      killed++;
    }
    await expectCompleteAfterStart(db, settings);
    const what = 'the first start on an empty PostgreSQL database';
    const note = 'each start where the one before left it, the last one to the end';
    await recordFigure({ topic, what, tried: killed, survived: killed, note });
  });
}, 120_000);

async function onBlankDatabase(
  work: (db: Database, settings: Record<string, string>) => Promise<void>,
): Promise<void> {
  const { url } = await newBlankServerDatabase(inject('postgresUrl') ?? '');
  const db = openPostgres({ url, connectionsMax: 4, onTrouble: () => {} });
  try {
    await work(db, { ...commonSettings, DATABASE_URL: url, POSTHORN_ROLE: 'api' });
  } finally {
    await db.close();
  }
}

async function expectCompleteAfterStart(db: Database, settings: Record<string, string>): Promise<void> {
  const service = await startServerProcess(settings);
  try {
    expect((await fetch(`${service.address}/health/ready`)).status).toBe(200);
    const applied = await db.query<{ version: number }>(sql`select version from migrations order by version`);
    const known = await readMigrations();
    expect(applied.map(({ version }) => version)).toEqual(known.map(({ version }) => version));
  } finally {
    await service.end('SIGKILL');
  }
}
