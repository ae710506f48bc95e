import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { updateAccount } from '../../src/storage/accounts.ts';
import { deleteApiKey, findAccountByKeyHash, insertApiKey, listApiKeys } from '../../src/storage/api-keys.ts';
import type { Database } from '../../src/storage/database.ts';
import { advanceClock, openTestDatabase } from '../support/database.ts';
import { anAccount } from '../support/factory.ts';

const hourMs = 3_600_000;

import { laterId } from '../support/later-id.ts';

let db: Database;
let account: string;
let movedMs = 0;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  account = await anAccount(db);
});
afterEach(async () => {
  await advanceClock(db, -movedMs);
  movedMs = 0;
});

async function move(milliseconds: number): Promise<void> {
  await advanceClock(db, milliseconds);
  movedMs += milliseconds;
}

function insert(keyHash: string, changes: { name?: string | null; expiresAt?: Date | null } = {}) {
  const key = { id: laterId(), name: 'server', prefix: 'ph_abcdefgh', expiresAt: null, keyHash };
  return insertApiKey(db, account, { ...key, ...changes });
}

describe('a key', () => {
  test('opens its account and no other', async () => {
    await insert('hash-1');
    expect(await findAccountByKeyHash(db, 'hash-1')).toMatchObject({
      id: account,
      type: 'user',
      name: 'Acme',
    });
    expect(await findAccountByKeyHash(db, 'hash-2')).toBeNull();
    expect(await findAccountByKeyHash(db, '')).toBeNull();
  });

  test('is listed without its hash, oldest first', async () => {
    const expiresAt = new Date(Date.now() + hourMs);
    const first = await insert('hash-3');
    const second = await insert('hash-4', { name: null, expiresAt });
    expect(first).toEqual({
      id: first.id,
      accountId: account,
      name: 'server',
      prefix: 'ph_abcdefgh',
      expiresAt: null,
      createdAt: expect.any(Date),
    });
    expect(second).toMatchObject({ name: null, expiresAt });
    expect(await listApiKeys(db, account)).toEqual([first, second]);
    expect(await listApiKeys(db, await anAccount(db))).toEqual([]);
  });

  test('opens nothing once it has expired, by the clock of the database', async () => {
    await insert('hash-5', { expiresAt: new Date(Date.now() + hourMs) });
    expect(await findAccountByKeyHash(db, 'hash-5')).toMatchObject({ id: account });
    await move(hourMs - 60_000);
    expect(await findAccountByKeyHash(db, 'hash-5')).toMatchObject({ id: account });
    await move(60_000);
    expect(await findAccountByKeyHash(db, 'hash-5')).toBeNull();
    expect(await listApiKeys(db, account)).toHaveLength(1);
  });

  test('opens nothing once it is revoked', async () => {
    const { id } = await insert('hash-6');
    expect(await deleteApiKey(db, account, id)).toBe(true);
    expect(await findAccountByKeyHash(db, 'hash-6')).toBeNull();
    expect(await deleteApiKey(db, account, id)).toBe(false);
  });

  test('cannot be revoked by another account', async () => {
    const { id } = await insert('hash-7');
    expect(await deleteApiKey(db, await anAccount(db), id)).toBe(false);
    expect(await findAccountByKeyHash(db, 'hash-7')).not.toBeNull();
  });

  test('shows that its account is suspended', async () => {
    await insert('hash-8');
    await updateAccount(db, account, { status: 'suspended' });
    expect(await findAccountByKeyHash(db, 'hash-8')).toMatchObject({ status: 'suspended' });
  });

  test('cannot be stored twice', async () => {
    await insert('hash-9');
    await expect(insert('hash-9')).rejects.toThrow('duplicate key');
  });
});
