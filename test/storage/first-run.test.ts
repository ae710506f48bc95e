import { randomBytes } from 'node:crypto';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiKeyPrefix, hashApiKey, newApiKey } from '../../src/domain/api-key.ts';
import { deleteAccount, findAccount } from '../../src/storage/accounts.ts';
import { findAccountByKeyHash, listApiKeys } from '../../src/storage/api-keys.ts';
import type { Database } from '../../src/storage/database.ts';
import { begin, type FirstAccount, isBegun } from '../../src/storage/first-run.ts';
import { openTestDatabase } from '../support/database.ts';
import { laterId } from '../support/later-id.ts';

let db: Database;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());

function first(name: string): FirstAccount {
  return { id: laterId(), name, apiKey: newApiKey(randomBytes(32)), apiKeyId: laterId() };
}

const organization = first('My organization');
const profile = first('My profile');

test('a first run that is interrupted leaves nothing', async () => {
  expect(await isBegun(db)).toBe(false);
  await expect(begin(db, organization, { ...profile, apiKeyId: organization.apiKeyId })).rejects.toThrow(
    'duplicate key',
  );
  expect(await isBegun(db)).toBe(false);
  expect(await db.query(sql`select id from accounts`)).toEqual([]);
});

test('a first run makes an organization with one profile, each with a key that opens it', async () => {
  await begin(db, organization, profile);
  expect(await isBegun(db)).toBe(true);
  expect(await findAccountByKeyHash(db, hashApiKey(organization.apiKey))).toMatchObject({
    id: organization.id,
    type: 'organization',
    name: 'My organization',
    status: 'active',
  });
  expect(await findAccountByKeyHash(db, hashApiKey(profile.apiKey))).toMatchObject({
    id: profile.id,
    type: 'profile',
    organizationId: organization.id,
  });
  expect(await listApiKeys(db, profile.id)).toMatchObject([
    { id: profile.apiKeyId, name: 'first key', prefix: apiKeyPrefix(profile.apiKey), expiresAt: null },
  ]);
});

test('a first run happens once, also when its accounts are deleted', async () => {
  await deleteAccount(db, organization.id);
  expect(await isBegun(db)).toBe(true);
  await expect(begin(db, first('Again'), first('Again'))).rejects.toThrow('duplicate key');
  expect(await findAccount(db, organization.id)).toBeNull();
});
