/**
 * What the statements of the queue read at a million deliveries, by the database's own counters. On a server they run by
 * their names, with plans that were made while the queue was empty: as in a process that has been up since then.
 */
import { randomUUID } from 'node:crypto';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LeasedDelivery } from '../../src/domain/delivery.ts';
import { claimReady } from '../../src/storage/claims.ts';
import type { Database } from '../../src/storage/database.ts';
import { recordOutcomes } from '../../src/storage/deliveries.ts';
import { publishEvents } from '../../src/storage/events.ts';
import { sweepLanes } from '../../src/storage/lanes.ts';
import { endLeases, nobody, renewLeases } from '../../src/storage/leases.ts';
import { openTestDatabase } from '../support/database.ts';
import { manyWebhooks, outcomeOf, postponed } from '../support/deliveries.ts';
import { anAccount, anEvent, aWebhook } from '../support/factory.ts';

const waitingWebhooks = 3000;
const waitingEach = 4;
const batch = 256;
const lanesPerPage = 500;
const lease = randomUUID();

let db: Database;
let backlog: number;
let account: string;
let busy: string;
let eventId: string;

beforeAll(async () => {
  db = await openTestDatabase();
  backlog = db.kind === 'server' ? 1_000_000 : 100_000;
  // Nothing may tidy up between two measurements.
  await db.execute('alter table pending_deliveries set (autovacuum_enabled = false)');
  account = await anAccount(db);
  busy = (await aWebhook(db, account)).id;
  const event = anEvent(account);
  eventId = event.id;
  // Each statement is planned once while there is next to nothing.
  const { leased } = await publishEvents(db, [event], {
    lease,
    slots: 1,
    slotsPerWebhook: 1,
    taken: new Map(),
  });
  await readingsOf(leased);
});
afterAll(() => db.close());

/** Webhooks that wait for retries of theirs, and one with a backlog, in the order in which it was published. */
async function fill(): Promise<void> {
  await manyWebhooks(db, account, waitingWebhooks);
  await db.query(sql`
    insert into pending_deliveries (webhook_id, id, event_id, event_name, field, due_at, lease, attempts)
    select webhooks.id, gen_random_uuid(), ${eventId}, 'message.sent', 'message',
           clock_now() + interval '1 hour', ${nobody}, 1
    from webhooks cross join generate_series(1, ${waitingEach}::int) where id <> ${busy}`);
  const part = backlog / 10;
  for (let from = 1; from < backlog; from += part) {
    await db.query(sql`
      insert into pending_deliveries (webhook_id, id, event_id, event_name, field, due_at)
      select ${busy}, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, ${eventId},
             'message.delivered', 'message', clock_now() - interval '1 minute'
      from generate_series(${from}::int, ${from + part - 1}::int) n`);
    // A connection that rests for ten seconds is closed, and its plans are gone with it.
    await db.query(sql`select`, 'stay-open');
  }
}

/** Of the queue: rows that were fetched by an index, sequential scans, and pages of table and indexes. */
interface Counters {
  readonly rows: number;
  readonly scans: number;
  readonly pages: number;
}

async function counters(): Promise<Counters> {
  // By a name, to be run on the connection that ran the statement: each has counted for itself. What the test has done
  // on the other one is not to be counted late.
  await db.query(sql`select pg_stat_force_next_flush()`, 'flush-counters');
  await db.query(sql`select pg_stat_force_next_flush()`);
  const [row] = await db.query<Counters>(sql`
    select t.idx_tup_fetch::int as rows, t.seq_scan::int as scans,
           (io.heap_blks_hit + io.heap_blks_read + io.idx_blks_hit + io.idx_blks_read)::int as pages
    from pg_stat_user_tables t join pg_statio_user_tables io using (relid)
    where t.relname = 'pending_deliveries'`);
  if (row === undefined) throw new Error('the database has counted nothing');
  return row;
}

async function readingOf(work: () => Promise<unknown>): Promise<Counters> {
  const before = await counters();
  await work();
  const after = await counters();
  return {
    rows: after.rows - before.rows,
    scans: after.scans - before.scans,
    pages: after.pages - before.pages,
  };
}

/** Each statement once; what it does is done. */
async function readingsOf(held: readonly LeasedDelivery[], after: string | null = null) {
  const outcomes = held.map((delivery) => outcomeOf(delivery, postponed));
  const lanes = [{ webhookId: busy, isRetry: false, size: batch, after }];
  return {
    sweep: await readingOf(() => sweepLanes(db, null, lanesPerPage)),
    claim: await readingOf(() => claimReady(db, { lease, lanes })),
    renew: await readingOf(() => renewLeases(db, held)),
    record: await readingOf(() => recordOutcomes(db, outcomes, 10)),
    end: await readingOf(() => endLeases(db, batch)),
  };
}

/** With a batch under way and a batch of retries due, so that each of them has its work. */
async function expectBoundedReadings(after: string | null = null): Promise<void> {
  const held = await claimReady(db, {
    lease,
    lanes: [{ webhookId: busy, isRetry: false, size: batch, after }],
  });
  expect(held).toHaveLength(batch);
  await db.query(sql`
    update pending_deliveries set due_at = clock_now() where (webhook_id, id) in (
      select webhook_id, id from pending_deliveries where lease = ${nobody} order by due_at desc limit ${batch})`);
  const readings = await readingsOf(held, after);

  for (const [name, { rows, scans, pages }] of Object.entries(readings)) {
    expect({ name, scans }).toEqual({ name, scans: 0 });
    // Two of each that it changes: one to find it, one to change it.
    expect({ name, rows }).toEqual({ name, rows: expect.toSatisfy((count) => count <= 2 * lanesPerPage) });
    expect({ name, pages }).toEqual({ name, pages: expect.toSatisfy((count) => count <= 10_000) });
  }
}

describe('the statements of the queue read by index, and no more than they change', () => {
  test('with a million deliveries of one webhook beside thousands that wait, before the statistics know', async () => {
    await fill();
    await expectBoundedReadings();
  }, 120_000);

  test('when the statistics know', async () => {
    await db.execute('analyze');
    await expectBoundedReadings();
  });

  test('after half of it was consumed and nothing was tidied up', async () => {
    const parts = 25;
    const part = backlog / 2 / parts;
    for (let to = part; to <= backlog / 2; to += part) {
      await db.query(sql`
        delete from pending_deliveries where webhook_id = ${busy} and id between
          '01900000-0000-7000-8000-000000000000' and
          ('01900000-0000-7000-8000-' || lpad(to_hex(${to}::int), 12, '0'))::uuid`);
      // As every process does each second: the first to pass marks what is dead.
      await sweepLanes(db, null, lanesPerPage);
    }
    await expectBoundedReadings();
  }, 120_000);

  test('with plans that are made only then', async () => {
    // The named statements are planned anew on the connection that they run on.
    await db.query(sql`discard plans`, 'discard-plans');
    await expectBoundedReadings();
  });
});
