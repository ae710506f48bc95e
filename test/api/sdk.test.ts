/** The official client, unchanged but for its base URL. */
import Sent, { APIError } from '@sentdm/sentdm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { type Member, platformKey, startApi, type TestApi } from './harness.ts';
import { absentId } from './webhook-body.ts';

let api: TestApi;
let user: Member;
let receiver: Receiver;
let baseURL: string;

beforeAll(async () => {
  api = await startApi();
  user = await api.member('user');
  receiver = await startReceiver();
  baseURL = await api.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await receiver.close();
  await api.close();
});

const connect = (apiKey = user.key, base = baseURL) => new Sent({ apiKey, baseURL: base, maxRetries: 0 });
const body = () => ({ display_name: 'Orders', endpoint_url: receiver.url, event_types: ['messages'] });

describe.each(['', '/'])('the official client on a base URL that ends with "%s"', (ending) => {
  test('walks through the life of a webhook', async () => {
    const client = connect(user.key, `${baseURL}${ending}`);
    const me = await client.me.retrieve();
    expect(me.data?.id).toBe(user.account.id);

    const created = await client.webhooks.create({ ...body(), 'Idempotency-Key': `life${ending.length}` });
    const id = created.data?.id ?? '';
    expect(created.data?.signing_secret).toMatch(/^whsec_/);
    const read = await client.webhooks.retrieve(id);
    expect(read.data).toEqual({ ...created.data, signing_secret: null });
    const list = await client.webhooks.list({ page: 1, page_size: 10, search: 'orders', is_active: true });
    expect(list.data?.webhooks?.[0]?.id).toBe(id);
    const updated = await client.webhooks.update(id, { ...body(), display_name: 'Renamed', retry_count: 1 });
    expect(updated.data?.display_name).toBe('Renamed');
    const toggled = await client.webhooks.toggleStatus(id, { is_active: false });
    expect(toggled.data?.is_active).toBe(false);
    const rotated = await client.webhooks.rotateSecret(id, {});
    expect(rotated.data?.signing_secret).not.toBe(created.data?.signing_secret);

    const tested = await client.webhooks.test(id, { event_type: 'message.delivered' });
    expect(tested.data).toEqual({ success: true, message: 'Test event delivered successfully' });
    const { headers, body: received } = await receiver.next();
    expect(JSON.parse(received).event).toBe('message.delivered');
    expect(headers['x-webhook-id']).toBe(id);
    const log = await client.webhooks.listEvents(id, { page: 1, page_size: 10 });
    expect(log.data?.events?.[0]?.delivery_status).toBe('delivered');

    const types = await client.webhooks.listEventTypes();
    expect(types.data?.event_types?.some(({ name }) => name === 'message.delivered')).toBe(true);
    await expect(client.webhooks.delete(id)).resolves.not.toThrow();
    await expect(client.webhooks.retrieve(id)).rejects.toMatchObject({ status: 404 });
  });
});

test('its errors carry the status and the code', async () => {
  const refused = (promise: Promise<unknown>): Promise<APIError> =>
    promise.then(
      () => {
        throw new Error('it was accepted');
      },
      (error: APIError) => error,
    );
  const absent = await refused(connect().webhooks.retrieve(absentId));
  expect(absent).toBeInstanceOf(APIError);
  expect([absent.status, JSON.stringify(absent.error).includes('RESOURCE_008')]).toEqual([404, true]);
  expect((await refused(connect('wrong').me.retrieve())).status).toBe(401);
  expect((await refused(connect(platformKey).me.retrieve())).status).toBe(403);
});
