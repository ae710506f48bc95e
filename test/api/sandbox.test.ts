import sql from 'sql-template-tag';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startReceiver } from '../support/receiver.ts';
import { type Member, startApi, type TestApi } from './harness.ts';
import { absentId, webhookBody } from './webhook-body.ts';

let api: TestApi;
let user: Member;
let webhookId: string;
let webhookUrl: string;
const sandbox = true;

beforeAll(async () => {
  api = await startApi();
  user = await api.member('user');
  const { json } = await api.call('POST', '/v3/webhooks', { key: user.key, body: webhookBody });
  webhookId = json.data.id;
  webhookUrl = `/v3/webhooks/${webhookId}`;
});
afterAll(() => api.close());

const rows = () =>
  api.db.query<{ row: string }>(
    sql`select w::text as row from webhooks w union all select e::text from events e order by 1`,
  );

test('a simulated create answers a realistic webhook and stores none', async () => {
  const before = await rows();
  const { status, headers, json } = await api.call('POST', '/v3/webhooks', {
    key: user.key,
    body: { ...webhookBody, sandbox },
  });
  expect(status).toBe(201);
  expect(headers['x-sandbox']).toBe('true');
  expect(Buffer.from(json.data.signing_secret.slice(6), 'base64')).toHaveLength(32);
  expect(json.data).toMatchObject({ customer_id: user.account.id, is_active: true, updated_at: null });
  expect(await rows()).toEqual(before);
});

test('simulated changes answer what would be and change nothing', async () => {
  await api.db.query(sql`update webhooks set consecutive_failures = 4 where id = ${webhookId}`);
  const before = await rows();
  const updated = await api.call('PUT', webhookUrl, {
    key: user.key,
    body: { ...webhookBody, display_name: 'Simulated', sandbox },
  });
  expect(updated.json.data).toMatchObject({ id: webhookId, display_name: 'Simulated', signing_secret: null });
  expect(updated.json.data.updated_at).not.toBeNull();
  const toggled = await api.call('PATCH', `${webhookUrl}/toggle-status`, {
    key: user.key,
    body: { is_active: false, sandbox },
  });
  expect(toggled.json.data).toMatchObject({ is_active: false, consecutive_failures: 4 });
  const reset = await api.call('PATCH', `${webhookUrl}/toggle-status`, {
    key: user.key,
    body: { is_active: true, sandbox },
  });
  expect(reset.json.data).toMatchObject({ is_active: true, consecutive_failures: 0 });
  const rotated = await api.call('POST', `${webhookUrl}/rotate-secret`, { key: user.key, body: { sandbox } });
  expect(rotated.json.data.signing_secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  for (const answer of [updated, toggled, rotated]) {
    expect([answer.status, answer.headers['x-sandbox']]).toEqual([200, 'true']);
  }
  expect(await rows()).toEqual(before);
});

test('a simulated test sends nothing', async () => {
  const receiver = await startReceiver();
  const created = await api.call('POST', '/v3/webhooks', {
    key: user.key,
    body: { ...webhookBody, endpoint_url: receiver.url },
  });
  const before = await rows();
  const { headers, json } = await api.call('POST', `/v3/webhooks/${created.json.data.id}/test`, {
    key: user.key,
    body: { event_type: 'message.delivered', sandbox },
  });
  expect(json.data).toEqual({ success: true, message: 'Test event delivered successfully' });
  expect(headers['x-sandbox']).toBe('true');
  expect(receiver.connections.opened).toBe(0);
  expect(await rows()).toEqual(before);
  await receiver.close();
});

test('validation and existence are checked all the same', async () => {
  const invalid = await api.call('POST', '/v3/webhooks', { key: user.key, body: { sandbox } });
  expect([invalid.status, invalid.headers['x-sandbox']]).toEqual([400, undefined]);
  const absent = `/v3/webhooks/${absentId}`;
  for (const [method, url, body] of [
    ['PUT', absent, { ...webhookBody, sandbox }],
    ['PATCH', `${absent}/toggle-status`, { is_active: true, sandbox }],
    ['POST', `${absent}/rotate-secret`, { sandbox }],
    ['POST', `${absent}/test`, { event_type: 'message', sandbox }],
  ] as const) {
    expect((await api.call(method, url, { key: user.key, body })).status).toBe(404);
  }
});

test('a sandbox that is not true or false is refused', async () => {
  const { status } = await api.call('POST', '/v3/webhooks', {
    key: user.key,
    body: { ...webhookBody, sandbox: 'yes' },
  });
  expect(status).toBe(400);
});

test('a simulated answer is replayed for its idempotency key, still marked', async () => {
  const send = () =>
    api.call('POST', '/v3/webhooks', {
      key: user.key,
      headers: { 'idempotency-key': 'simulated' },
      body: { ...webhookBody, sandbox },
    });
  const first = await send();
  const second = await send();
  expect(second.text).toBe(first.text);
  expect([second.headers['x-sandbox'], second.headers['idempotent-replayed']]).toEqual(['true', 'true']);
});
