/** A process that has room for what it publishes leases it in the same statement. */
import { randomUUID } from 'node:crypto';
import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { LeasedDelivery } from '../../src/domain/delivery.ts';
import { newSigningSecret } from '../../src/domain/signing-secret.ts';
import type { Database } from '../../src/storage/database.ts';
import { recordOutcomes } from '../../src/storage/deliveries.ts';
import { publishEvents } from '../../src/storage/events.ts';
import { leaseMs } from '../../src/storage/leases.ts';
import type { LeaseOffer } from '../../src/storage/publish-statement.ts';
import { rotateWebhookSecret } from '../../src/storage/webhooks.ts';
import { type MovableClock, openMovableClock, openTestDatabase } from '../support/database.ts';
import { claimed, givenUp, outcomeOf, publishEvents as publishUnleased } from '../support/deliveries.ts';
import { anAccount, anEvent, aWebhook, secretBox } from '../support/factory.ts';

let db: Database;
let clock: MovableClock;
let account: string;

beforeAll(async () => {
  db = await openTestDatabase();
  clock = openMovableClock(db);
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.execute('delete from pending_deliveries');
  account = await anAccount(db);
});
afterEach(() => clock.reset());

const events = (count: number) => Array.from({ length: count }, () => anEvent(account));
const anOffer = (traits: Partial<LeaseOffer> = {}): LeaseOffer => ({
  lease: randomUUID(),
  slots: 100,
  slotsPerWebhook: 32,
  taken: new Map(),
  ...traits,
});
const countOf = (leased: readonly LeasedDelivery[], webhookId: string) =>
  leased.filter((delivery) => delivery.webhookId === webhookId).length;

test('what is leased carries all that a claim of it would give', async () => {
  const webhook = await aWebhook(db, account, { eventTypes: ['messages'], retryCount: 2, timeoutSeconds: 7 });
  const fresh = secretBox.seal(newSigningSecret(Buffer.alloc(32, 2)), `webhook:${webhook.id}`);
  await rotateWebhookSecret(db, account, webhook.id, fresh, 3600);
  const offer = anOffer();
  const { leased, ready } = await publishEvents(db, events(3), offer);
  expect(ready).toEqual([]);
  expect(new Set(leased.map(({ lease }) => lease))).toEqual(new Set([offer.lease]));
  expect(leased[0]?.sealedPreviousSecret).not.toBeNull();
  expect(await claimed(db)).toEqual([]);
  await clock.move(leaseMs + 100);
  const byId = (some: readonly LeasedDelivery[]) => some.toSorted((a, b) => a.id.localeCompare(b.id));
  expect(byId(await claimed(db, { lease: offer.lease }))).toEqual(byId(leased));
});

test('no more is leased than the offer has slots, of each webhook the oldest; the rest is ready in its lanes', async () => {
  const some = await aWebhook(db, account);
  const more = await aWebhook(db, account);
  const published = events(6);
  const { leased, ready } = await publishEvents(db, published, anOffer({ slots: 5 }));
  expect(leased).toHaveLength(5);
  const lane = { accountId: account, isRetry: false, isFailing: false };
  expect(ready.toSorted((a, b) => a.webhookId.localeCompare(b.webhookId))).toEqual([
    { ...lane, webhookId: some.id },
    { ...lane, webhookId: more.id },
  ]);
  const rows = await db.query<{ webhook_id: string; event_id: string }>(sql`
    select webhook_id, event_id from pending_deliveries where lease is not null`);
  for (const { id } of [some, more]) {
    const ofWebhook = new Set(rows.filter((row) => row.webhook_id === id).map((row) => row.event_id));
    const oldest = published.slice(0, ofWebhook.size).map((event) => event.id);
    expect([...ofWebhook].sort()).toEqual(oldest.sort());
  }
  expect(await claimed(db)).toHaveLength(7);
});

test('a webhook gets what is left of its share, and one that is full gets nothing', async () => {
  const idle = await aWebhook(db, account);
  const busy = await aWebhook(db, account);
  const full = await aWebhook(db, account);
  const offer = anOffer({
    slotsPerWebhook: 4,
    taken: new Map([
      [busy.id, 3],
      [full.id, 32],
    ]),
  });
  const { leased } = await publishEvents(db, events(10), offer);
  expect([idle, busy, full].map(({ id }) => countOf(leased, id))).toEqual([4, 1, 0]);
});

test('slots that are short are shared out evenly, whichever topic comes first', async () => {
  const many = await aWebhook(db, account, { eventTypes: ['message'] });
  const few = await aWebhook(db, account, { eventTypes: ['contact'] });
  const batch = [...events(10), anEvent(account, { name: 'contact.help' })];
  const { leased } = await publishEvents(db, batch, anOffer({ slots: 4 }));
  expect([many, few].map(({ id }) => countOf(leased, id))).toEqual([3, 1]);
});

test('a webhook that is full takes no slots from the others', async () => {
  const full = await aWebhook(db, account, { eventTypes: ['message'] });
  const idle = await aWebhook(db, account, { eventTypes: ['contact'] });
  const batch = [...events(10), anEvent(account, { name: 'contact.help' })];
  const offer = anOffer({ slots: 4, taken: new Map([[full.id, 32]]) });
  const { leased } = await publishEvents(db, batch, offer);
  expect([full, idle].map(({ id }) => countOf(leased, id))).toEqual([0, 1]);
});

test('nothing is leased for a webhook whose latest delivery failed, and its lane says so', async () => {
  const failing = await aWebhook(db, account);
  const healthy = await aWebhook(db, account, { eventTypes: ['contact'] });
  await publishUnleased(db, events(1));
  const [delivery] = await claimed(db);
  if (delivery === undefined) throw new Error('nothing was claimed');
  await recordOutcomes(db, [outcomeOf(delivery, givenUp)], 10);
  const { leased, ready } = await publishEvents(
    db,
    [anEvent(account), anEvent(account, { name: 'contact.help' })],
    anOffer(),
  );
  expect(leased.map(({ webhookId }) => webhookId)).toEqual([healthy.id]);
  expect(ready).toEqual([{ webhookId: failing.id, accountId: account, isRetry: false, isFailing: true }]);
});

test('without an offer everything is ready, each lane told once', async () => {
  const webhook = await aWebhook(db, account);
  const { leased, ready } = await publishEvents(db, events(5), null);
  expect(leased).toEqual([]);
  expect(ready).toEqual([{ webhookId: webhook.id, accountId: account, isRetry: false, isFailing: false }]);
});

test('a repetition leases nothing', async () => {
  await aWebhook(db, account);
  const first = anEvent(account, { producerId: 'order-1' });
  const again = anEvent(account, { producerId: 'order-1' });
  expect((await publishEvents(db, [first, again], anOffer())).leased).toHaveLength(1);
  expect((await publishEvents(db, [anEvent(account, { producerId: 'order-1' })], anOffer())).leased).toEqual(
    [],
  );
});

test('what the process that published it does not finish goes to another when the lease is over', async () => {
  await aWebhook(db, account);
  const { leased } = await publishEvents(db, events(2), anOffer());
  const [sent, lost] = leased;
  if (sent === undefined || lost === undefined) throw new Error('nothing was leased');
  await recordOutcomes(db, [outcomeOf(sent)], 10);
  await clock.move(leaseMs + 100);
  expect((await claimed(db)).map(({ id }) => id)).toEqual([lost.id]);
});
