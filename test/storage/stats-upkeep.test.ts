import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sumOf } from '../../src/domain/delivery-stats.ts';
import { coarsenings, statsRanges, windowAt } from '../../src/domain/stats-window.ts';
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

/** Something different of each webhook, again and again for so long. */
async function fill(from: Date, lengthMs: number, everyMs = 5 * minuteMs): Promise<void> {
  for (let at = from.getTime(); at < from.getTime() + lengthMs; at += everyMs) {
    for (const [place, webhook] of webhooks.entries()) {
      const number = Math.floor(at / everyMs);
      const outcomes: LoggedOutcome[] = [
        { status: 'delivered', durationMs: (number * 37) % 7000 },
        { status: place === 0 ? 'failed' : 'delivered', durationMs: number % 3 === 0 ? null : number % 90 },
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

const startOf = (lengthMs: number, ms = Date.now()) => new Date(Math.floor(ms / lengthMs) * lengthMs);

describe('adding up', () => {
  const cases = coarsenings.map(({ ageSeconds, unitSeconds }, index) => ({
    hours: ageSeconds / 3600,
    unit: unitSeconds / 3600,
    finerMs: index === 0 ? 5 * minuteMs : (coarsenings[index - 1]?.unitSeconds ?? 0) * 1000,
  }));

  test.each(cases)(
    'makes one of $unit h out of what is older than $hours h and an hour, exactly, and leaves what is younger',
    async ({ hours, unit, finerMs }) => {
      const unitMs = unit * hourMs;
      const begin = startOf(unitMs);
      await fill(begin, 3 * unitMs, finerMs);
      const before = await sumsBy(unitMs);
      const end = begin.getTime() + 2 * unitMs;
      await clock.move(end + (hours + 1) * hourMs + unitMs / 2 - Date.now());
      await addUpOldStats(db);
      const kept = await keptStats(db);
      const old = kept.filter(({ startsAt }) => startsAt.getTime() < end);
      expect(old.every(({ startsAt }) => startsAt.getTime() % unitMs === 0)).toBe(true);
      expect(old).toHaveLength(webhooks.length * 2);
      expect(kept).toHaveLength(old.length + (webhooks.length * unitMs) / finerMs);
      expect(await sumsBy(unitMs)).toEqual(before);
    },
  );

  test('takes in what comes late, when it is done again and by two at once', async () => {
    const begin = startOf(dayMs);
    await fill(begin, hourMs);
    await clock.move(9 * dayMs);
    await addUpOldStats(db);
    await fill(begin, hourMs);
    const before = await sumsBy(dayMs);
    await Promise.all([addUpOldStats(db), addUpOldStats(db)]);
    expect(await keptStats(db)).toHaveLength(2);
    expect(await sumsBy(dayMs)).toEqual(before);
    await addUpOldStats(db);
    expect(await sumsBy(dayMs)).toEqual(before);
  });

  test('changes no series of any range', async () => {
    const now = Date.now();
    for (const ago of [0, 1, 2, 3, 23, 24, 25, 30, 60, 160, 168, 170, 200, 690]) {
      await fill(new Date(now - ago * hourMs), hourMs / 2);
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
    await fill(startOf(hourMs), 2 * hourMs);
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
    await fill(startOf(hourMs), hourMs);
    await deleteAccount(db, account);
    for (let round = 0; (await eraseSome(db, 100)) > 0; round++) expect(round).toBeLessThan(100);
    expect(await keptStats(db)).toEqual([]);
    expect(await db.query(sql`select subject from erasures where subject = 'webhook'`)).toHaveLength(2);
  });
});
