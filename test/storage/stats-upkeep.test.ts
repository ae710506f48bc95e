import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sumOf } from '../../src/domain/delivery-stats.ts';
import { statsRanges, windowAt } from '../../src/domain/stats-window.ts';
import { deleteAccount } from '../../src/storage/accounts.ts';
import { databaseNow } from '../../src/storage/clock.ts';
import type { Database } from '../../src/storage/database.ts';
import { readDeliveryStats } from '../../src/storage/delivery-stats.ts';
import { eraseSome } from '../../src/storage/erasures.ts';
import { addUpOldStats, forgetOldStats } from '../../src/storage/stats-upkeep.ts';
import { deleteWebhook } from '../../src/storage/webhooks.ts';
import { type MovableClock, openMovableClock, openTestDatabase } from '../support/database.ts';
import { anAccount, aWebhook } from '../support/factory.ts';
import { keptStats, type LoggedOutcome, logOutcomes } from '../support/log-outcomes.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

let db: Database;
let clock: MovableClock;
let account: string;
let webhooks: string[];

beforeAll(async () => {
  db = await openTestDatabase();
  clock = openMovableClock(db);
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.execute('truncate deliveries, delivery_stats, delivery_counts, erasures');
  account = await anAccount(db);
  webhooks = [(await aWebhook(db, account)).id, (await aWebhook(db, account)).id];
});
afterEach(() => clock.reset());

/** Something different every five minutes and of each webhook, from so long ago on. */
async function fill(from: Date, hours: number): Promise<void> {
  for (let at = from.getTime(); at < from.getTime() + hours * hourMs; at += 5 * minuteMs) {
    for (const [place, webhook] of webhooks.entries()) {
      const minutes = Math.floor(at / minuteMs);
      const outcomes: LoggedOutcome[] = [
        { status: 'delivered', durationMs: (minutes * 37) % 7000 },
        { status: place === 0 ? 'failed' : 'delivered', durationMs: minutes % 3 === 0 ? null : minutes % 90 },
      ];
      await logOutcomes(db, webhook, new Date(at), outcomes);
    }
  }
}

/** The sums of each webhook's times of this length. */
async function sumsBy(lengthMs: number) {
  const kept = await keptStats(db);
  const keyOf = ({ webhookId, startsAt }: (typeof kept)[number]) =>
    `${webhookId} ${Math.floor(startsAt.getTime() / lengthMs)}`;
  const keys = [...new Set(kept.map(keyOf))].sort();
  return keys.map((key) => [key, sumOf(kept.filter((row) => keyOf(row) === key))] as const);
}

function areAllOn(lengthMs: number, rows: readonly { readonly startsAt: Date }[]): boolean {
  return rows.every(({ startsAt }) => startsAt.getTime() % lengthMs === 0);
}

const startOfHour = (ms: number) => new Date(Math.floor(ms / hourMs) * hourMs);

describe('adding up', () => {
  test('makes an hour of what is older than 48 hours, exactly, and leaves what is younger', async () => {
    const begin = startOfHour(Date.now());
    await fill(begin, 3);
    const before = await sumsBy(hourMs);
    await clock.move(begin.getTime() - Date.now() + 50 * hourMs + 10 * minuteMs);
    await addUpOldStats(db);
    const kept = await keptStats(db);
    // Two hours are added up; the third has its twelve rows.
    expect(kept).toHaveLength(2 * (2 + 12));
    const old = kept.filter(({ startsAt }) => startsAt.getTime() < begin.getTime() + 2 * hourMs);
    expect(areAllOn(hourMs, old)).toBe(true);
    expect(await sumsBy(hourMs)).toEqual(before);
  });

  test('makes a day of what is older than eight days, exactly', async () => {
    const begin = new Date(Math.floor(Date.now() / dayMs) * dayMs - 2 * dayMs);
    await fill(new Date(begin.getTime() + 22 * hourMs), 4);
    const before = await sumsBy(dayMs);
    await clock.move(9 * dayMs);
    await addUpOldStats(db);
    const kept = await keptStats(db);
    expect(kept).toHaveLength(4);
    expect(areAllOn(dayMs, kept)).toBe(true);
    expect(await sumsBy(dayMs)).toEqual(before);
  });

  test('takes in what comes late, when it is done again and by two at once', async () => {
    const begin = startOfHour(Date.now());
    await fill(begin, 1);
    await clock.move(50 * hourMs);
    await addUpOldStats(db);
    await fill(begin, 1);
    const before = await sumsBy(hourMs);
    await Promise.all([addUpOldStats(db), addUpOldStats(db)]);
    expect(await keptStats(db)).toHaveLength(2);
    expect(await sumsBy(hourMs)).toEqual(before);
    await addUpOldStats(db);
    expect(await sumsBy(hourMs)).toEqual(before);
  });

  test('changes no series of any range', async () => {
    const now = Date.now();
    for (const ago of [0, 1, 23, 30, 47, 60, 100, 160, 170, 200, 400, 690]) {
      await fill(new Date(now - ago * hourMs), 0.5);
    }
    const series = async () => {
      const scope = { accountId: account, webhookId: null };
      const at = await databaseNow(db);
      return Promise.all(statsRanges.map((range) => readDeliveryStats(db, scope, windowAt(range, at))));
    };
    const before = await series();
    const rows = (await keptStats(db)).length;
    await addUpOldStats(db);
    expect((await keptStats(db)).length).toBeLessThan(rows);
    expect(await series()).toEqual(before);
  });
});

describe('statistics are forgotten', () => {
  test('with the days of the log', async () => {
    const today = Math.floor(Date.now() / dayMs) * dayMs;
    const [first = ''] = webhooks;
    for (const moment of [today - 30 * dayMs - 1, today - 30 * dayMs, today]) {
      await logOutcomes(db, first, new Date(moment), [{ status: 'delivered', durationMs: 1 }]);
    }
    await forgetOldStats(db, 30);
    expect((await keptStats(db)).map(({ startsAt }) => startsAt.getTime())).toEqual([
      today - 30 * dayMs,
      today,
    ]);
  });

  test('with their webhook, a bounded number at a time, and those of others stay', async () => {
    await fill(startOfHour(Date.now()), 2);
    const [first = '', second = ''] = webhooks;
    await deleteWebhook(db, account, first);
    await eraseSome(db, 10);
    const left = async (id: string) =>
      (await keptStats(db)).filter(({ webhookId }) => webhookId === id).length;
    expect(await left(first)).toBe(14);
    for (let round = 0; (await eraseSome(db, 10)) > 0; round++) expect(round).toBeLessThan(100);
    expect(await left(first)).toBe(0);
    expect(await left(second)).toBe(24);
  });

  test('with their account', async () => {
    await fill(startOfHour(Date.now()), 1);
    await deleteAccount(db, account);
    for (let round = 0; (await eraseSome(db, 100)) > 0; round++) expect(round).toBeLessThan(100);
    expect(await keptStats(db)).toEqual([]);
    expect(await db.query(sql`select subject from erasures where subject = 'webhook'`)).toHaveLength(2);
  });
});
