/** The change of POSTHORN_SECRET_KEY as docs/configuration.md tells it, with the built service and a real receiver. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { runProgram } from '../cli/run-program.ts';
import { newBlankServerDatabase } from '../support/blank-database.ts';
import { createCustomer, publish } from '../support/customers.ts';
import { recordFigure } from '../support/figures.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { type ServerProcess, startServerProcess } from '../support/service-process.ts';
import { verifyByContract } from '../support/verify-by-contract.ts';

const webhooks = 20;
const platformKey = 'php_key-of-the-rotation-test';
const [oldKey, newKey] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];

let databaseUrl: string;
let admin: pg.Client;
let receiver: Receiver;

beforeAll(async () => {
  databaseUrl = (await newBlankServerDatabase(inject('postgresUrl') ?? '')).url;
  admin = new pg.Client({ connectionString: databaseUrl });
  await admin.connect();
  receiver = await startReceiver();
});
afterAll(() => Promise.all([receiver.close(), admin.end()]));

const settingsWith = (secretKey: string) => ({
  DATABASE_URL: databaseUrl,
  POSTHORN_PLATFORM_KEY: platformKey,
  POSTHORN_SECRET_KEY: secretKey,
  POSTHORN_PROCESSES: '1',
  POSTHORN_RATE_LIMIT: '0',
  POSTHORN_RATE_LIMIT_ROTATE: '0',
});

async function withService<Result>(
  key: string,
  work: (service: ServerProcess) => Promise<Result>,
): Promise<Result> {
  const service = await startServerProcess(settingsWith(key));
  try {
    return await work(service);
  } finally {
    await service.end('SIGTERM');
  }
}

test('after a start with new,old the new key alone serves, and nothing that lasts is sealed with the old one', async () => {
  const names = Array.from({ length: webhooks }, (_unused, index) => `w${index}`);
  const { customer, secrets } = await withService(oldKey, async (service) => {
    const customer = await createCustomer(service, platformKey, receiver.url, names);
    const secrets = new Map<string, string>();
    for (const id of customer.webhooks.values()) {
      const response = await fetch(`${service.address}/v3/webhooks/${id}/rotate-secret`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': customer.apiKey },
        body: '{"overlap_seconds":3600}',
      });
      secrets.set(id, JSON.parse(await response.text()).data.signing_secret);
    }
    return { customer, secrets };
  });
  const sealedBefore = await sealedTexts();
  expect(sealedBefore.length).toBe(2 * webhooks + 1);
  const oldPrefix = sealedBefore[0]?.split('.', 2).join('.') ?? '';
  expect(sealedBefore.filter((text) => !text.startsWith(oldPrefix))).toEqual([]);

  await withService(`${newKey},${oldKey}`, async () => {});
  const sealedAfter = await sealedTexts();
  expect(sealedAfter.length).toBe(sealedBefore.length);
  const sealedAnew = sealedAfter.filter((text) => !text.startsWith(oldPrefix));
  expect(sealedAnew).toEqual(sealedAfter);

  await withService(newKey, async (service) => {
    expect(await publish(service, platformKey, customer, [1])).toBe(true);
    for (const request of await receiver.waitFor(webhooks)) {
      expect(verifyByContract(request, secrets.get(String(request.headers['x-webhook-id'])) ?? '')).toBe(
        true,
      );
      // The one before the rotation is still there for its overlap, under the new key too.
      expect(String(request.headers['webhook-signature']).split(' ')).toHaveLength(2);
    }
  });
  const refused = await runProgram(['serve'], { ...settingsWith(oldKey), PORT: '0' });
  expect(refused).toMatchObject({
    code: 1,
    err: expect.stringContaining('POSTHORN_SECRET_KEY is not the key'),
  });
  await recordFigure({
    topic: 'Secrets',
    what: 'signing secrets sealed anew with the new key, and the old one taken away',
    tried: sealedBefore.length,
    survived: sealedAnew.length,
    note: `${receiver.requests.length} deliveries signed and verified with the new key alone`,
  });
}, 120_000);

/** All that is sealed and kept for longer than a day. */
async function sealedTexts(): Promise<string[]> {
  const { rows } = await admin.query<{ text: string }>(`
    select sealed_secret as text from posthorn.webhooks
    union all select sealed_previous_secret from posthorn.webhooks where sealed_previous_secret is not null
    union all select value from posthorn.settings where name = 'secret-check'`);
  return rows.map(({ text }) => text);
}
