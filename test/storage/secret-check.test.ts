import { randomBytes } from 'node:crypto';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSecretBox } from '../../src/domain/secret-box.ts';
import type { Database } from '../../src/storage/database.ts';
import { checkSecretKey } from '../../src/storage/secret-check.ts';
import { openTestDatabase } from '../support/database.ts';

const oldKey = Buffer.alloc(32, 1);
const newKey = Buffer.alloc(32, 2);
const boxOf = (...keys: Buffer[]) => createSecretBox(keys, randomBytes);
const accepted = { ok: true, value: null };

let db: Database;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());
beforeEach(() => db.execute('delete from settings'));

function settings(): Promise<unknown[]> {
  return db.query(sql`select name, value from settings`);
}

test('a new database takes the key that it is begun with, and accepts it from then on', async () => {
  expect(await checkSecretKey(db, boxOf(oldKey))).toEqual(accepted);
  const before = await settings();
  expect(await checkSecretKey(db, boxOf(oldKey))).toEqual(accepted);
  expect(await settings()).toEqual(before);
});

test('another key is refused with a sentence, and nothing is overwritten', async () => {
  await checkSecretKey(db, boxOf(oldKey));
  const before = await settings();
  const refused = await checkSecretKey(db, boxOf(newKey));
  expect(refused).toEqual({
    ok: false,
    error: expect.stringMatching(/^POSTHORN_SECRET_KEY is not the key .* Start with the former key/),
  });
  expect(await settings()).toEqual(before);
  expect(await checkSecretKey(db, boxOf(oldKey))).toEqual(accepted);
});

test('a new key is accepted together with the old one, and then without it; the old one is not any more', async () => {
  await checkSecretKey(db, boxOf(oldKey));
  expect(await checkSecretKey(db, boxOf(oldKey, newKey))).toEqual(accepted);
  expect(await checkSecretKey(db, boxOf(newKey, oldKey))).toEqual(accepted);
  expect(await checkSecretKey(db, boxOf(newKey))).toEqual(accepted);
  expect(await checkSecretKey(db, boxOf(oldKey))).toMatchObject({ ok: false });
});

test('of many processes that begin with different keys, those with one key go on', async () => {
  const boxes = Array.from({ length: 8 }, (_, index) => boxOf(index % 2 === 0 ? oldKey : newKey));
  const checked = await Promise.all(boxes.map((box) => checkSecretKey(db, box)));
  expect(checked.filter(({ ok }) => ok)).toHaveLength(4);
});

test('a damaged value is refused, not replaced', async () => {
  await db.query(sql`insert into settings (name, value) values ('secret-check', 'damaged')`);
  expect(await checkSecretKey(db, boxOf(oldKey))).toMatchObject({ ok: false });
  expect(await settings()).toEqual([{ name: 'secret-check', value: 'damaged' }]);
});
