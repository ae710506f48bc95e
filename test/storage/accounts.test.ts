import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NewAccount } from '../../src/domain/account.ts';
import { newId } from '../../src/domain/identifier.ts';
import {
  type AccountQuery,
  deleteAccount,
  findAccount,
  findExistingAccountIds,
  insertAccount,
  listAccounts,
  listProfiles,
  updateAccount,
} from '../../src/storage/accounts.ts';
import { findAccountByKeyHash, insertApiKey } from '../../src/storage/api-keys.ts';
import type { Database } from '../../src/storage/database.ts';
import { findAnswer, insertAnswer } from '../../src/storage/idempotency.ts';
import { findWebhook } from '../../src/storage/webhooks.ts';
import { openTestDatabase } from '../support/database.ts';
import { anAccount, aWebhook } from '../support/factory.ts';
import { laterId } from '../support/later-id.ts';

let db: Database;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());

async function insert(changes: Partial<NewAccount> = {}): Promise<string> {
  const id = laterId();
  await insertAccount(db, id, {
    type: 'organization',
    name: 'Acme',
    organizationId: null,
    email: null,
    ...changes,
  });
  return id;
}

describe('an account', () => {
  test('is found as it was inserted', async () => {
    const organization = await insert({ name: 'Größe & Söhne', email: 'post@example.com' });
    const found = await findAccount(db, organization);
    expect(found).toEqual({
      id: organization,
      type: 'organization',
      organizationId: null,
      name: 'Größe & Söhne',
      email: 'post@example.com',
      status: 'active',
      createdAt: expect.any(Date),
      updatedAt: null,
    });
    expect(Math.abs((found?.createdAt.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(await findAccount(db, newId(Date.now()))).toBeNull();
  });

  test('is a profile exactly when it has an organization', async () => {
    const organization = await insert();
    await expect(insert({ type: 'profile' })).rejects.toThrow('violates check constraint');
    await expect(insert({ type: 'user', organizationId: organization })).rejects.toThrow(
      'violates check constraint',
    );
    await expect(insert({ type: 'profile', organizationId: newId(Date.now()) })).rejects.toThrow(
      'foreign key',
    );
  });

  test('changes only in what the change names', async () => {
    const id = await insert({ email: 'old@example.com' });
    expect(await updateAccount(db, id, { name: 'Renamed' })).toMatchObject({
      name: 'Renamed',
      email: 'old@example.com',
      status: 'active',
      updatedAt: expect.any(Date),
    });
    expect(await updateAccount(db, id, { email: null })).toMatchObject({ name: 'Renamed', email: null });
    expect(await updateAccount(db, id, { status: 'suspended', email: 'new@example.com' })).toMatchObject({
      status: 'suspended',
      email: 'new@example.com',
    });
    expect(await findAccount(db, id)).toMatchObject({
      name: 'Renamed',
      email: 'new@example.com',
      status: 'suspended',
    });
    expect(await updateAccount(db, newId(Date.now()), { name: 'Nobody' })).toBeNull();
  });
});

describe('lists', () => {
  const list = (query: Partial<AccountQuery>) =>
    listAccounts(db, {
      page: 1,
      pageSize: 20,
      search: null,
      type: null,
      organizationId: null,
      ...query,
    });

  test('show accounts newest first, page by page', async () => {
    const ids = [await insert(), await insert(), await insert()];
    const { total } = await list({ pageSize: 1 });
    const first = await list({ pageSize: 2 });
    const second = await list({ page: 2, pageSize: 2 });
    expect(first.total).toBe(total);
    expect([...first.items, ...second.items].slice(0, 3).map(({ id }) => id)).toEqual(ids.reverse());
    expect(await list({ page: 100, pageSize: 100 })).toEqual({ items: [], total });
  });

  test('are searched by a part of the name, whatever its case, and by the whole id', async () => {
    const id = await insert({ name: 'Zebra %_ Crossing' });
    await insert({ name: 'Zebra Walking' });
    const idsOf = async (search: string) => (await list({ search })).items.map((account) => account.id);
    expect(await idsOf('zebra %_ c')).toEqual([id]);
    expect(await idsOf(id.toUpperCase())).toEqual([id]);
    expect(await idsOf(id.slice(0, -1))).toEqual([]);
    expect(await list({ search: 'Zebra', pageSize: 1 })).toMatchObject({ items: [{}], total: 2 });
  });

  test('are of one type, or the profiles of one organization, newest first', async () => {
    const organization = await insert({ name: 'Only one' });
    const profiles = [
      await insert({ type: 'profile', organizationId: organization }),
      await insert({ type: 'profile', organizationId: organization }),
    ];
    await insert({ type: 'profile', organizationId: await insert() });
    const found = await list({ organizationId: organization });
    expect(found.items.map(({ id }) => id)).toEqual(profiles.reverse());
    expect(found.total).toBe(2);
    expect((await list({ search: 'Only one', type: 'user' })).items).toEqual([]);
    expect((await list({ search: 'Only one', type: 'organization' })).total).toBe(1);
  });

  test("show an organization's own profiles, oldest first", async () => {
    const organization = await insert();
    const profiles = [
      await insert({ type: 'profile', organizationId: organization, name: 'B' }),
      await insert({ type: 'profile', organizationId: organization, name: 'A' }),
    ];
    await insert({ type: 'profile', organizationId: await insert() });
    expect((await listProfiles(db, organization)).map(({ id }) => id)).toEqual(profiles);
  });

  test('tell which of some ids exist', async () => {
    const [there, alsoThere] = [await insert(), await insert()];
    const found = await findExistingAccountIds(db, [there, newId(Date.now()), alsoThere, there]);
    expect(found).toEqual(new Set([there, alsoThere]));
    expect(await findExistingAccountIds(db, [])).toEqual(new Set());
  });
});

describe('deleting', () => {
  async function keyed(accountId: string): Promise<string> {
    const keyHash = `hash of ${accountId}`;
    await insertApiKey(db, accountId, {
      id: newId(Date.now()),
      name: null,
      prefix: 'ph_',
      expiresAt: null,
      keyHash,
    });
    return keyHash;
  }

  test('an organization takes its profiles, keys, webhooks and stored answers along', async () => {
    const organization = await insert();
    const profile = await insert({ type: 'profile', organizationId: organization });
    const hashes = [await keyed(organization), await keyed(profile)];
    const webhook = await aWebhook(db, profile);
    await insertAnswer(db, profile, 'k', { fingerprint: 'f', requestId: 'r', status: 201, sealedBody: 's' });

    expect(await deleteAccount(db, organization)).toBe(true);

    expect(await findAccount(db, organization)).toBeNull();
    expect(await findAccount(db, profile)).toBeNull();
    for (const hash of hashes) expect(await findAccountByKeyHash(db, hash)).toBeNull();
    expect(await findWebhook(db, profile, webhook.id)).toBeNull();
    expect(await findAnswer(db, profile, 'k')).toBeNull();
    const erasures = await db.query(sql`
      select subject, id from erasures where id = any(${[organization, profile, webhook.id]}::uuid[])`);
    expect(new Set(erasures)).toEqual(
      new Set([
        { subject: 'account', id: organization },
        { subject: 'account', id: profile },
        { subject: 'webhook', id: webhook.id },
      ]),
    );
  });

  test('a profile leaves its organization and the other profiles alone', async () => {
    const organization = await insert();
    const profile = await insert({ type: 'profile', organizationId: organization });
    const sibling = await insert({ type: 'profile', organizationId: organization });
    const webhook = await aWebhook(db, sibling);
    const siblingHash = await keyed(sibling);
    expect(await deleteAccount(db, profile)).toBe(true);
    expect(await findAccount(db, organization)).not.toBeNull();
    expect(await findAccountByKeyHash(db, siblingHash)).toMatchObject({ id: sibling });
    expect(await findWebhook(db, sibling, webhook.id)).not.toBeNull();
  });

  test('what is not there is answered with false and asks for no erasure', async () => {
    const gone = await anAccount(db);
    expect(await deleteAccount(db, gone)).toBe(true);
    expect(await deleteAccount(db, gone)).toBe(false);
    const never = newId(Date.now());
    expect(await deleteAccount(db, never)).toBe(false);
    expect(await db.query(sql`select id from erasures where id = ${never}`)).toEqual([]);
  });
});
