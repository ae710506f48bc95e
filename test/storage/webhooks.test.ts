import fc from 'fast-check';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Webhook } from '../../src/domain/webhook.ts';
import type { Database } from '../../src/storage/database.ts';
import {
  deleteWebhook,
  findSealedSecrets,
  findWebhook,
  insertWebhook,
  listWebhooks,
  rotateWebhookSecret,
  type StoredWebhook,
  setWebhookActive,
  updateWebhook,
} from '../../src/storage/webhooks.ts';
import { advanceClock, openTestDatabase } from '../support/database.ts';
import { claimed, publishEvents } from '../support/deliveries.ts';
import { anAccount, anEvent, aWebhook } from '../support/factory.ts';
import { laterId } from '../support/later-id.ts';

let db: Database;
let account: string;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.execute('delete from pending_deliveries');
  account = await anAccount(db);
});

const stored: StoredWebhook = {
  displayName: 'Orders',
  endpointUrl: 'https://EXAMPLE.com:443/a b?x=%7e&y=ü#z',
  eventTypes: ['messages', 'contact', 'call'],
  eventFilters: { messages: ['failed', 'delivered'], contact: [], call: ['answered'] },
  patterns: ['message.failed', 'message.delivered', 'contact.*', 'call.answered'],
  retryCount: 5,
  timeoutSeconds: 120,
};

function insert(changes: Partial<StoredWebhook> = {}): Promise<Webhook> {
  return insertWebhook(db, account, {
    ...stored,
    ...changes,
    id: laterId(),
    sealedSecret: 'sealed-1',
  });
}

describe('a webhook', () => {
  test('is found as it was inserted, its URL byte for byte and its filters in their order', async () => {
    const { id } = await insert();
    const found = await findWebhook(db, account, id);
    expect(found).toEqual({
      id,
      accountId: account,
      displayName: 'Orders',
      endpointUrl: stored.endpointUrl,
      isActive: true,
      eventTypes: stored.eventTypes,
      eventFilters: stored.eventFilters,
      retryCount: 5,
      timeoutSeconds: 120,
      lastDeliveryAttemptAt: null,
      lastSuccessfulDeliveryAt: null,
      consecutiveFailures: 0,
      createdAt: expect.any(Date),
      updatedAt: null,
    });
    expect(JSON.stringify(found?.eventFilters)).toBe(JSON.stringify(stored.eventFilters));
    expect((await insert({ eventFilters: null })).eventFilters).toBeNull();
    expect(await findSealedSecrets(db, account, id)).toEqual({
      sealedSecret: 'sealed-1',
      sealedPreviousSecret: null,
    });
  });

  test('is replaced whole by an update, apart from its health and its secret', async () => {
    const { id, createdAt } = await insert();
    const change: StoredWebhook = {
      displayName: 'Renamed',
      endpointUrl: 'http://example.org',
      eventTypes: ['call'],
      eventFilters: null,
      patterns: ['call.*'],
      retryCount: 1,
      timeoutSeconds: 5,
    };
    const { patterns: _, ...shown } = change;
    const updated = await updateWebhook(db, account, id, change);
    expect(updated).toMatchObject({ ...shown, id, createdAt, isActive: true, updatedAt: expect.any(Date) });
    expect(await findWebhook(db, account, id)).toEqual(updated);
    expect(await findSealedSecrets(db, account, id)).toEqual({
      sealedSecret: 'sealed-1',
      sealedPreviousSecret: null,
    });
    await publishEvents(db, [anEvent(account), anEvent(account, { name: 'call.failed' })]);
    expect((await claimed(db)).map(({ eventName }) => eventName)).toEqual(['call.failed']);
  });

  test('is turned off and on; turning it on forgets its failures', async () => {
    const { id } = await insert();
    await db.query(sql`update webhooks set consecutive_failures = 7 where id = ${id}`);
    expect(await setWebhookActive(db, account, id, false)).toMatchObject({
      isActive: false,
      consecutiveFailures: 7,
      updatedAt: expect.any(Date),
    });
    expect(await setWebhookActive(db, account, id, true)).toMatchObject({
      isActive: true,
      consecutiveFailures: 0,
    });
  });
});

describe('another account', () => {
  test('finds, changes and deletes nothing', async () => {
    const { id } = await insert();
    const before = await findWebhook(db, account, id);
    const stranger = await anAccount(db);
    expect(await findWebhook(db, stranger, id)).toBeNull();
    expect(await findSealedSecrets(db, stranger, id)).toBeNull();
    expect(await updateWebhook(db, stranger, id, stored)).toBeNull();
    expect(await setWebhookActive(db, stranger, id, false)).toBeNull();
    expect(await rotateWebhookSecret(db, stranger, id, 'stolen', 0)).toBe(false);
    expect(await deleteWebhook(db, stranger, id)).toBe(false);
    const all = { page: 1, pageSize: 100, search: null, isActive: null };
    expect(await listWebhooks(db, stranger, all)).toEqual({ items: [], total: 0 });
    expect(await findWebhook(db, account, id)).toEqual(before);
    expect(await findSealedSecrets(db, account, id)).toEqual({
      sealedSecret: 'sealed-1',
      sealedPreviousSecret: null,
    });
    expect(await db.query(sql`select id from erasures where id = ${id}`)).toEqual([]);
  });
});

describe('rotating the secret', () => {
  async function secretsInUse(id: string) {
    await publishEvents(db, [anEvent(account)]);
    const delivery = (await claimed(db)).find(({ webhookId }) => webhookId === id);
    return [delivery?.sealedSecret, delivery?.sealedPreviousSecret];
  }

  test('without overlap ends the old one at once', async () => {
    const { id } = await aWebhook(db, account);
    expect(await rotateWebhookSecret(db, account, id, 'sealed-2', 0)).toBe(true);
    expect(await secretsInUse(id)).toEqual(['sealed-2', null]);
    expect((await findWebhook(db, account, id))?.updatedAt).not.toBeNull();
  });

  test('with an overlap keeps the old one beside it until the overlap is over', async () => {
    const { id } = await aWebhook(db, account);
    const old = (await findSealedSecrets(db, account, id))?.sealedSecret;
    await rotateWebhookSecret(db, account, id, 'sealed-2', 604_800);
    expect(await secretsInUse(id)).toEqual(['sealed-2', old]);
    await advanceClock(db, 604_790_000);
    expect(await secretsInUse(id)).toEqual(['sealed-2', old]);
    expect((await findSealedSecrets(db, account, id))?.sealedPreviousSecret).toBe(old);
    await advanceClock(db, 11_000);
    expect(await secretsInUse(id)).toEqual(['sealed-2', null]);
    expect((await findSealedSecrets(db, account, id))?.sealedPreviousSecret).toBeNull();
    await advanceClock(db, -604_801_000);
  });

  test('again during an overlap keeps only the latest before it, or none', async () => {
    const { id } = await aWebhook(db, account);
    await rotateWebhookSecret(db, account, id, 'sealed-2', 60);
    await rotateWebhookSecret(db, account, id, 'sealed-3', 60);
    expect(await secretsInUse(id)).toEqual(['sealed-3', 'sealed-2']);
    await rotateWebhookSecret(db, account, id, 'sealed-4', 0);
    expect(await secretsInUse(id)).toEqual(['sealed-4', null]);
  });
});

describe('deleting', () => {
  test('happens once, and asks for its log to be erased', async () => {
    const { id } = await insert();
    expect(await deleteWebhook(db, account, id)).toBe(true);
    expect(await findWebhook(db, account, id)).toBeNull();
    expect(await deleteWebhook(db, account, id)).toBe(false);
    expect(await db.query(sql`select subject from erasures where id = ${id}`)).toEqual([
      { subject: 'webhook' },
    ]);
  });
});

describe('the list', () => {
  const all = { page: 1, pageSize: 100, search: null, isActive: null };

  async function names(
    query: Partial<typeof all | { search: string; isActive: boolean }>,
  ): Promise<string[]> {
    const { items, total } = await listWebhooks(db, account, { ...all, ...query });
    expect(total).toBe(items.length);
    return items.map(({ displayName }) => displayName);
  }

  test('is newest first, in pages, and empty past its end', async () => {
    for (const displayName of ['a', 'b', 'c', 'd', 'e']) await insert({ displayName });
    const pages = await Promise.all(
      [1, 2, 3, 4].map((page) => listWebhooks(db, account, { ...all, page, pageSize: 2 })),
    );
    expect(pages.map(({ items }) => items.map(({ displayName }) => displayName))).toEqual([
      ['e', 'd'],
      ['c', 'b'],
      ['a'],
      [],
    ]);
    expect(pages.map(({ total }) => total)).toEqual([5, 5, 5, 5]);
  });

  test('is searched in names and URLs, whatever the case', async () => {
    await insert({ displayName: 'Orders EU', endpointUrl: 'https://one.example/Hook' });
    await insert({ displayName: 'Invoices', endpointUrl: 'https://two.example/ORDERS' });
    expect(await names({ search: 'orders' })).toEqual(['Invoices', 'Orders EU']);
    expect(await names({ search: 'HOOK' })).toEqual(['Orders EU']);
    expect(await names({ search: 'nothing like it' })).toEqual([]);
  });

  test('is searched for the letters themselves: % and _ and \\ mean nothing else', async () => {
    await insert({ displayName: '100% sure', endpointUrl: 'https://example.com' });
    await insert({ displayName: 'a_b', endpointUrl: 'https://example.com' });
    await insert({ displayName: 'a\\b', endpointUrl: 'https://example.com' });
    expect(await names({ search: '%' })).toEqual(['100% sure']);
    expect(await names({ search: '_' })).toEqual(['a_b']);
    expect(await names({ search: '\\' })).toEqual(['a\\b']);
    expect(await names({ search: "'" })).toEqual([]);
  });

  test('finds whatever part of a name is searched for', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme-ascii' }),
        fc.nat(11),
        fc.nat(11),
        async (displayName, from, length) => {
          const { id } = await insert({ displayName });
          const search = displayName.slice(from, from + length + 1) || displayName;
          const found = await listWebhooks(db, account, { ...all, search: search.toUpperCase() });
          expect(found.items.map((webhook) => webhook.id)).toContain(id);
          await deleteWebhook(db, account, id);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('is narrowed to the active or the inactive ones', async () => {
    await insert({ displayName: 'on' });
    const off = await insert({ displayName: 'off' });
    await setWebhookActive(db, account, off.id, false);
    expect(await names({ isActive: true })).toEqual(['on']);
    expect(await names({ isActive: false })).toEqual(['off']);
    expect(await names({})).toEqual(['off', 'on']);
    expect(await names({ isActive: false, search: 'on' })).toEqual([]);
  });
});
