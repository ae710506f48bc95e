import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSecretBox } from '../../src/domain/secret-box.ts';
import type { Database } from '../../src/storage/database.ts';
import { resealSecrets } from '../../src/storage/reseal.ts';
import { findSealedSecrets, rotateWebhookSecret } from '../../src/storage/webhooks.ts';
import { openTestDatabase } from '../support/database.ts';
import { anAccount, aWebhook } from '../support/factory.ts';

const oldKey = Buffer.alloc(32, 1);
const newKey = Buffer.alloc(32, 2);
const boxOf = (...keys: Buffer[]) => createSecretBox(keys, randomBytes);

let db: Database;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());

test('after a start with both keys the new one alone opens every secret', async () => {
  const account = await anAccount(db);
  const webhooks = [await aWebhook(db, account), await aWebhook(db, account)];
  for (const { id } of webhooks) {
    await rotateWebhookSecret(db, account, id, boxOf(oldKey).seal('first', `webhook:${id}`), 0);
    await rotateWebhookSecret(db, account, id, boxOf(oldKey).seal('second', `webhook:${id}`), 3600);
  }
  expect(await resealSecrets(db, boxOf(newKey, oldKey))).toEqual({ resealed: 2, ofUnknownKeys: 0 });
  for (const { id } of webhooks) {
    const secrets = await findSealedSecrets(db, account, id);
    const open = (sealed: string | null | undefined) => boxOf(newKey).open(sealed ?? '', `webhook:${id}`);
    expect(open(secrets?.sealedSecret)).toEqual({ ok: true, value: 'second' });
    expect(open(secrets?.sealedPreviousSecret)).toEqual({ ok: true, value: 'first' });
  }
  expect(await resealSecrets(db, boxOf(newKey, oldKey))).toEqual({ resealed: 0, ofUnknownKeys: 0 });
});

test('a secret that no key opens stays as it is, and keeps no other from being sealed', async () => {
  const account = await anAccount(db);
  const lost = await aWebhook(db, account);
  const found = await aWebhook(db, account);
  const foreign = boxOf(Buffer.alloc(32, 9)).seal('lost', `webhook:${lost.id}`);
  await rotateWebhookSecret(db, account, lost.id, foreign, 0);
  await rotateWebhookSecret(db, account, found.id, boxOf(oldKey).seal('found', `webhook:${found.id}`), 0);
  expect(await resealSecrets(db, boxOf(newKey, oldKey))).toEqual({ resealed: 1, ofUnknownKeys: 1 });
  expect((await findSealedSecrets(db, account, lost.id))?.sealedSecret).toBe(foreign);
  const sealed = (await findSealedSecrets(db, account, found.id))?.sealedSecret ?? '';
  expect(boxOf(newKey).open(sealed, `webhook:${found.id}`)).toEqual({ ok: true, value: 'found' });
});
