import { randomUUID } from 'node:crypto';
import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LeasedDelivery } from '../../src/domain/delivery.ts';
import type { Webhook } from '../../src/domain/webhook.ts';
import type { Database } from '../../src/storage/database.ts';
import { recordOutcomes } from '../../src/storage/deliveries.ts';
import {
  endLeases,
  leaseMs,
  nobody,
  releaseAllLeases,
  releaseLeases,
  renewLeases,
} from '../../src/storage/leases.ts';
import { listWebhookEvents } from '../../src/storage/webhook-events.ts';
import { type MovableClock, openMovableClock, openTestDatabase } from '../support/database.ts';
import { attemptAll, claimed, outcomeOf, postponed, publishMany } from '../support/deliveries.ts';
import { anAccount, aWebhook } from '../support/factory.ts';

let db: Database;
let clock: MovableClock;
let account: string;
let webhook: Webhook;

beforeAll(async () => {
  db = await openTestDatabase();
  clock = openMovableClock(db);
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.execute('delete from pending_deliveries');
  account = await anAccount(db);
  webhook = await aWebhook(db, account);
});
afterEach(() => clock.reset());

async function publishAndClaim(lease: string): Promise<LeasedDelivery> {
  await publishMany(db, account, 1);
  const [delivery] = await claimed(db, { lease });
  if (delivery === undefined) throw new Error('nothing was claimed');
  return delivery;
}

const lane = (isRetry: boolean) => ({
  webhookId: webhook.id,
  accountId: account,
  isRetry,
  isFailing: false,
});

async function logged() {
  const { items } = await listWebhookEvents(db, account, webhook.id, {
    page: 1,
    pageSize: 100,
    search: null,
    status: null,
    from: null,
    to: null,
  });
  return items;
}

describe('a lease', () => {
  test('keeps everybody else away until it is over', async () => {
    const { id } = await publishAndClaim(randomUUID());
    await clock.move(leaseMs - 1500);
    expect(await claimed(db)).toEqual([]);
    await clock.move(1600);
    expect((await claimed(db)).map((delivery) => delivery.id)).toEqual([id]);
  });

  test('that is renewed goes on, and one that is not ends', async () => {
    await publishMany(db, account, 2);
    const [renewed, other] = await claimed(db);
    if (renewed === undefined || other === undefined) throw new Error('nothing was claimed');
    await clock.move(2500);
    await renewLeases(db, [renewed]);
    await clock.move(1500);
    expect((await claimed(db)).map(({ id }) => id)).toEqual([other.id]);
    await renewLeases(db, [renewed]);
    await clock.move(2500);
    expect((await claimed(db)).map(({ id }) => id)).not.toContain(renewed.id);
  });

  test('that another process has taken over is not renewed', async () => {
    const lost = await publishAndClaim(randomUUID());
    await clock.move(leaseMs + 100);
    const taker = randomUUID();
    await claimed(db, { lease: taker });
    const before = await db.query(sql`select lease, due_at from pending_deliveries`);
    await clock.move(1000);
    await renewLeases(db, [lost]);
    expect(await db.query(sql`select lease, due_at from pending_deliveries`)).toEqual(before);
    expect(before).toMatchObject([{ lease: taker }]);
  });

  test('that ended leaves its delivery ready, in the lane that is told', async () => {
    await publishMany(db, account, 2);
    await claimed(db);
    expect(await endLeases(db, 100)).toEqual({ count: 0, lanes: [] });
    await clock.move(leaseMs + 100);
    expect(await endLeases(db, 100)).toEqual({ count: 2, lanes: [lane(false)] });
    expect(await db.query(sql`select distinct lease from pending_deliveries`)).toEqual([{ lease: null }]);
  });

  test('ends a bounded number at a time, the oldest first, and once only', async () => {
    await publishMany(db, account, 5);
    const [first] = await claimed(db, { limit: 1 });
    await clock.move(1000);
    await claimed(db);
    await clock.move(leaseMs);
    expect(await endLeases(db, 1)).toMatchObject({ count: 1 });
    expect(await db.query(sql`select id from pending_deliveries where lease is null`)).toEqual([
      { id: first?.id },
    ]);
    const ended = await Promise.all([endLeases(db, 3), endLeases(db, 3), endLeases(db, 3)]);
    expect(ended.reduce((sum, { count }) => sum + count, 0)).toBe(4);
  });

  test('of nobody is not ended before its time, and leads back into the lane of retries', async () => {
    await publishMany(db, account, 1);
    await attemptAll(db, postponed);
    await clock.move(postponed.retryInMs - 1500);
    expect(await endLeases(db, 100)).toEqual({ count: 0, lanes: [] });
    await clock.move(1600);
    expect(await endLeases(db, 100)).toEqual({ count: 1, lanes: [lane(true)] });
  });

  test('of a webhook that is gone ends too, and is told to nobody', async () => {
    await publishAndClaim(randomUUID());
    await db.query(sql`delete from webhooks where id = ${webhook.id}`);
    await clock.move(leaseMs + 100);
    expect(await endLeases(db, 100)).toMatchObject({ lanes: [] });
    expect(await db.query(sql`select lease from pending_deliveries`)).toEqual([{ lease: null }]);
  });
});

describe('an attempt whose lease was lost', () => {
  test('is recorded when the lease is over and nobody took the delivery', async () => {
    const delivery = await publishAndClaim(randomUUID());
    await clock.move(leaseMs + 100);
    await endLeases(db, 100);
    await recordOutcomes(db, [outcomeOf(delivery)], 10);
    expect(await logged()).toMatchObject([{ id: delivery.id, status: 'delivered', attempts: 1 }]);
    expect(await claimed(db)).toEqual([]);
  });

  test('is not recorded once another process took the delivery, whose own attempt is', async () => {
    const lost = await publishAndClaim(randomUUID());
    await clock.move(leaseMs + 100);
    const [taken] = await claimed(db);
    if (taken === undefined) throw new Error('nothing was claimed');
    await recordOutcomes(db, [outcomeOf(lost, postponed)], 10);
    expect(await logged()).toMatchObject([{ status: 'pending', attempts: 0 }]);
    await recordOutcomes(db, [outcomeOf(taken)], 10);
    expect(await logged()).toMatchObject([{ status: 'delivered', attempts: 1 }]);
  });

  test('is not recorded after another attempt was, whether its retry waits or is ready', async () => {
    const lost = await publishAndClaim(randomUUID());
    await clock.move(leaseMs + 100);
    await attemptAll(db, postponed);
    await recordOutcomes(db, [outcomeOf(lost)], 10);
    expect(await logged()).toMatchObject([{ status: 'retrying', attempts: 1 }]);
    await clock.move(postponed.retryInMs + 100);
    await endLeases(db, 100);
    await recordOutcomes(db, [outcomeOf(lost)], 10);
    expect(await logged()).toMatchObject([{ status: 'retrying', attempts: 1 }]);
  });

  test('is recorded once, however often it is told', async () => {
    const delivery = await publishAndClaim(randomUUID());
    const outcome = outcomeOf(delivery, postponed);
    await recordOutcomes(db, [outcome], 10);
    await recordOutcomes(db, [outcome], 10);
    expect(await db.query(sql`select number from attempts where delivery_id = ${delivery.id}`)).toEqual([
      { number: 1 },
    ]);
  });
});

describe('handing back', () => {
  test('makes a delivery ready at once, for its holder only', async () => {
    await publishMany(db, account, 2);
    const [first, second] = await claimed(db);
    if (first === undefined || second === undefined) throw new Error('nothing was claimed');
    await releaseLeases(db, [first, { ...second, lease: randomUUID() }]);
    expect((await claimed(db)).map(({ id }) => id)).toEqual([first.id]);
    await releaseLeases(db, [first]);
    expect(await claimed(db)).toEqual([]);
    await releaseLeases(db, []);
  });

  test('all of them makes ready what is leased to a process and leaves retries waiting', async () => {
    await publishMany(db, account, 1);
    await attemptAll(db, postponed);
    await publishMany(db, account, 2);
    const leased = await claimed(db);
    expect(await releaseAllLeases(db)).toBe(2);
    expect((await claimed(db)).map(({ id }) => id).sort()).toEqual(leased.map(({ id }) => id).sort());
    expect(await db.query(sql`select attempts from pending_deliveries where lease = ${nobody}`)).toEqual([
      { attempts: 1 },
    ]);
  });
});
