import sql from 'sql-template-tag';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { type DeliveryRow, deliveryRows, findAttempts } from '../../src/storage/delivery-records.ts';
import { beginResend, recordResend } from '../../src/storage/resends.ts';
import { openTestDatabase } from '../support/database.ts';
import { attemptAll, givenUp, postponed, publishMany } from '../support/deliveries.ts';
import { anAccount, aWebhook } from '../support/factory.ts';

let db: Database;
let account: string;
let webhook: string;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  account = await anAccount(db);
  webhook = (await aWebhook(db, account)).id;
  await publishMany(db, account, 1);
});

const retried = { ...postponed, retryInMs: 0 };

async function readDelivery(): Promise<DeliveryRow> {
  const [row] = await db.query<DeliveryRow>(deliveryRows(sql`webhook_id = ${webhook}`));
  if (row === undefined) throw new Error('there is no delivery');
  return row;
}
const numbersOf = async (row: DeliveryRow) =>
  (await findAttempts(db, [row])).get(row.id)?.map(({ number }) => number);

test('a delivery that was read before it was tried again has the attempts that it had then', async () => {
  const pending = await readDelivery();
  await attemptAll(db, retried);
  const retrying = await readDelivery();
  await attemptAll(db, retried);
  expect([await numbersOf(pending), await numbersOf(retrying)]).toEqual([[], [1]]);
  await attemptAll(db, givenUp);
  const failed = await readDelivery();
  const key = { accountId: account, webhookId: webhook, id: failed.id };
  const number = (await beginResend(db, key)) ?? 0;
  const begun = await readDelivery();
  const reply = { statusCode: 200, responseBody: null, errorMessage: null };
  await recordResend(db, key, { number, startedAt: new Date(), durationMs: 1, ...reply });
  expect(await numbersOf(retrying)).toEqual([1]);
  expect(await numbersOf(failed)).toEqual([1, 2, 3]);
  expect(await numbersOf(begun)).toEqual([1, 2, 3]);
  expect(await numbersOf(await readDelivery())).toEqual([1, 2, 3, 4]);
});
