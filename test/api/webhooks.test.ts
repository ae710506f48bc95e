import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Member, startApi, type TestApi } from './harness.ts';
import { absentId, webhookBody } from './webhook-body.ts';

const webhookKeys = [
  'id',
  'display_name',
  'endpoint_url',
  'signing_secret',
  'is_active',
  'event_types',
  'event_filters',
  'retry_count',
  'timeout_seconds',
  'last_delivery_attempt_at',
  'last_successful_delivery_at',
  'consecutive_failures',
  'created_at',
  'updated_at',
  'customer_id',
];

let api: TestApi;
let user: Member;

beforeAll(async () => {
  api = await startApi();
  user = await api.member('user');
});
afterAll(() => api.close());

const create = (body: object = {}, key = user.key) =>
  api.call('POST', '/v3/webhooks', { key, body: { ...webhookBody, ...body } });

describe('POST /v3/webhooks', () => {
  test('answers the documented body with the documented keys in their order', async () => {
    const { status, headers, json } = await create();
    expect(status).toBe(201);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(Object.keys(json)).toEqual(['success', 'data', 'error', 'meta']);
    expect(Object.keys(json.data)).toEqual(webhookKeys);
    expect(Object.keys(json.meta)).toEqual(['request_id', 'timestamp', 'version']);
    expect(json.data).toMatchObject({
      display_name: 'Order Notifications',
      endpoint_url: 'https://example.com/webhooks/orders',
      is_active: true,
      event_types: ['messages', 'templates'],
      event_filters: null,
      retry_count: 3,
      timeout_seconds: 30,
      last_delivery_attempt_at: null,
      last_successful_delivery_at: null,
      consecutive_failures: 0,
      updated_at: null,
      customer_id: user.account.id,
    });
    expect(json.success).toBe(true);
    expect(json.error).toBeNull();
  });

  test('shows a secret of 32 bytes in padded standard base64, once', async () => {
    const { json } = await create();
    expect(json.data.signing_secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(Buffer.from(json.data.signing_secret.slice(6), 'base64')).toHaveLength(32);
    const { json: read } = await api.call('GET', `/v3/webhooks/${json.data.id}`, { key: user.key });
    expect(read.data.signing_secret).toBeNull();
  });

  test('defaults to 3 retries and 30 seconds, and ignores fields it does not know', async () => {
    const { retry_count, timeout_seconds, ...required } = webhookBody;
    const body = { ...required, colour: 'blue', __proto__: { is_admin: true } };
    const { status, json } = await api.call('POST', '/v3/webhooks', { key: user.key, body });
    expect(status).toBe(201);
    expect(json.data).toMatchObject({ retry_count: 3, timeout_seconds: 30 });
  });

  test('echoes the endpoint URL byte for byte', async () => {
    const endpoint_url = 'HTTPS://Example.COM:443/a/../b?q=%7e#frag';
    const { json } = await create({ endpoint_url });
    expect(json.data.endpoint_url).toBe(endpoint_url);
  });

  test('keeps event filters in the order they came in, and takes an empty object for none', async () => {
    const event_filters = { messages: ['read', 'delivered'], contact: ['help'] };
    const { status, json } = await create({ event_types: ['contact', 'messages'], event_filters });
    expect(status).toBe(201);
    expect(JSON.stringify(json.data.event_filters)).toBe(JSON.stringify(event_filters));
    expect((await create({ event_filters: {} })).json.data.event_filters).toBeNull();
  });

  test.each([
    [{ endpoint_url: 'ftp://example.com' }, 'Endpoint URL must be a valid HTTP or HTTPS URL'],
    [{ endpoint_url: undefined }, 'Endpoint URL must be a valid HTTP or HTTPS URL'],
    [{ display_name: undefined }, 'Display name is required'],
    [{ display_name: 'x'.repeat(256) }, 'Display name must be between 1 and 255 characters'],
    [{ retry_count: 6 }, 'Retry count must be between 1 and 5'],
    [{ timeout_seconds: 4 }, 'Timeout seconds must be between 5 and 120'],
    [{ event_types: [] }, 'Event types must contain at least one event type'],
  ])('refuses %j with the exact message and no details', async (change, message) => {
    const { status, json } = await create(change);
    expect(status).toBe(400);
    expect(json).toMatchObject({ success: false, data: null });
    expect(Object.keys(json.error)).toEqual(['code', 'message', 'details', 'doc_url']);
    expect(json.error).toEqual({
      code: 'VALIDATION_001',
      message,
      details: null,
      doc_url: 'https://docs.sent.dm/errors/VALIDATION_001',
    });
  });

  test.each([
    [{ event_types: ['message.delivered'] }],
    [{ event_types: ['invoice'] }],
    [{ event_filters: { messages: ['exploded'] } }],
    [{ event_filters: { call: ['failed'] } }],
  ])('refuses the subscription %j and lists what is allowed', async (change) => {
    const { status, json } = await create(change);
    expect(status).toBe(400);
    expect(json.error.code).toBe('VALIDATION_001');
    expect(json.error.message).toMatch(/message|delivered/);
  });

  test('needs two failed fields for details', async () => {
    const { json } = await create({ display_name: '', retry_count: 0 });
    expect(Object.keys(json.error.details)).toEqual(['display_name', 'retry_count']);
  });

  test('names every field that failed, with the message of the first', async () => {
    const { json } = await create({ display_name: '', retry_count: 0, endpoint_url: 'x' });
    expect(json.error.message).toBe('Display name is required');
    expect(json.error.details).toEqual({
      display_name: ['Display name is required'],
      endpoint_url: ['Endpoint URL must be a valid HTTP or HTTPS URL'],
      retry_count: ['Retry count must be between 1 and 5'],
    });
  });

  test('refuses an endpoint whose address is not public', async () => {
    const { status, json } = await create({ endpoint_url: 'http://10.0.0.1/hook' });
    expect(status).toBe(400);
    expect(json.error.message).toMatch(/^Endpoint URL is not allowed: .*10\.0\.0\.1/);
  });

  test('refuses a body that is no object, and none at all', async () => {
    for (const body of ['[]', '"text"', 'null', undefined]) {
      const { status, json } = await api.call('POST', '/v3/webhooks', {
        key: user.key,
        ...(body === undefined ? {} : { body }),
      });
      expect(status).toBe(400);
      expect(json.error.message).toBe('The request body must be a JSON object');
    }
  });
});

describe('GET /v3/webhooks', () => {
  test('lists the account only, newest first, in pages', async () => {
    const owner = await api.member('user');
    const names = ['first', 'second', 'third'];
    for (const display_name of names) await create({ display_name }, owner.key);
    const page = await api.call('GET', '/v3/webhooks?page=1&page_size=2', { key: owner.key });
    expect(Object.keys(page.json.data)).toEqual(['webhooks', 'pagination']);
    expect(page.json.data.webhooks.map((webhook: { display_name: string }) => webhook.display_name)).toEqual([
      'third',
      'second',
    ]);
    expect(JSON.stringify(page.json.data.pagination)).toBe(
      '{"page":1,"page_size":2,"total_count":3,"total_pages":2,"has_more":true,"cursors":null}',
    );
    const last = await api.call('GET', '/v3/webhooks?page=9', { key: owner.key });
    expect(last.status).toBe(200);
    expect(last.json.data).toEqual({
      webhooks: [],
      pagination: { page: 9, page_size: 20, total_count: 3, total_pages: 1, has_more: false, cursors: null },
    });
  });

  test('finds by part of the name or URL whatever its case, and by status', async () => {
    const owner = await api.member('user');
    const { json: orders } = await create({ display_name: 'Orders' }, owner.key);
    await create({ display_name: 'Billing', endpoint_url: 'https://pay.example.com/x' }, owner.key);
    await api.call('PATCH', `/v3/webhooks/${orders.data.id}/toggle-status`, {
      key: owner.key,
      body: { is_active: false },
    });
    const found = async (query: string): Promise<string[]> => {
      const { json } = await api.call('GET', `/v3/webhooks?${query}`, { key: owner.key });
      return json.data.webhooks.map((webhook: { display_name: string }) => webhook.display_name);
    };
    expect(await found('search=PAY.EXAMPLE')).toEqual(['Billing']);
    expect(await found('search=order')).toEqual(['Orders']);
    expect(await found('is_active=false')).toEqual(['Orders']);
    expect(await found('search=&is_active=')).toEqual(['Billing', 'Orders']);
  });

  test.each([
    ['page_size=0', 'Page size must be between 1 and 100'],
    ['page_size=101', 'Page size must be between 1 and 100'],
    ['page_size=ten', 'Page size must be between 1 and 100'],
    ['page=0', 'Page must be 1 or greater'],
    ['page=x', 'Page must be 1 or greater'],
  ])('refuses ?%s', async (query, message) => {
    const { status, json } = await api.call('GET', `/v3/webhooks?${query}`, { key: user.key });
    expect(status).toBe(400);
    expect(json.error).toMatchObject({ code: 'VALIDATION_001', message, details: null });
  });
});

describe('one webhook', () => {
  test('GET answers the object without its secret', async () => {
    const { json } = await create();
    const { status, json: read } = await api.call('GET', `/v3/webhooks/${json.data.id}`, { key: user.key });
    expect(status).toBe(200);
    expect(Object.keys(read.data)).toEqual(webhookKeys);
    expect(read.data).toEqual({ ...json.data, signing_secret: null });
  });

  test.each(['GET', 'PUT', 'DELETE'] as const)('%s answers 404 for an unknown id', async (method) => {
    const { status, json } = await api.call(method, `/v3/webhooks/${absentId}`, {
      key: user.key,
      ...(method === 'PUT' ? { body: webhookBody } : {}),
    });
    expect(status).toBe(404);
    expect(json.error).toMatchObject({ code: 'RESOURCE_008', message: 'Webhook not found', details: null });
  });

  test.each(['GET', 'PUT', 'DELETE'] as const)(
    '%s answers 400 for an id that is no UUID, before it looks at the body',
    async (method) => {
      for (const id of ['nonsense', 'x'.repeat(300), '%00']) {
        const { status, json } = await api.call(method, `/v3/webhooks/${id}`, {
          key: user.key,
          ...(method === 'PUT' ? { body: '{broken' } : {}),
        });
        expect(status).toBe(400);
        expect(json.error).toMatchObject({ code: 'VALIDATION_001', message: 'Invalid webhook ID format.' });
      }
    },
  );

  test("another account's webhook is answered exactly like an unknown one", async () => {
    const { json } = await create();
    const stranger = await api.member('user');
    const theirs = await api.call('GET', `/v3/webhooks/${json.data.id}`, { key: stranger.key });
    const unknown = await api.call('GET', `/v3/webhooks/${absentId}`, { key: stranger.key });
    expect(theirs.status).toBe(404);
    expect({ ...theirs.json, meta: null }).toEqual({ ...unknown.json, meta: null });
    for (const [method, path, body] of [
      ['PUT', '', webhookBody],
      ['DELETE', '', undefined],
      ['PATCH', '/toggle-status', { is_active: true }],
      ['POST', '/rotate-secret', {}],
      ['POST', '/test', { event_type: 'messages' }],
      ['GET', '/events', undefined],
    ] as const) {
      const url = `/v3/webhooks/${json.data.id}${path}`;
      const answer = await api.call(method, url, { key: stranger.key, ...(body && { body }) });
      expect([method, path, answer.status]).toEqual([method, path, 404]);
    }
  });
});

describe('PUT /v3/webhooks/{id}', () => {
  test('of two at once, the one that leaves a field out keeps what the other wrote', async () => {
    for (let round = 0; round < 10; round++) {
      const { data } = (await create()).json;
      const put = (body: object) => api.call('PUT', `/v3/webhooks/${data.id}`, { key: user.key, body });
      const { retry_count: _, ...without } = webhookBody;
      await Promise.all([put({ ...webhookBody, retry_count: 5 }), put(without)]);
      const { json } = await api.call('GET', `/v3/webhooks/${data.id}`, { key: user.key });
      expect(json.data.retry_count).toBe(5);
    }
  });

  const put = (id: string, body: object) => api.call('PUT', `/v3/webhooks/${id}`, { key: user.key, body });

  test('answers the documented body with updated_at and without the secret', async () => {
    const { json } = await create();
    const updated = await put(json.data.id, {
      display_name: 'Updated Order Notifications',
      endpoint_url: 'https://example.com/webhooks/orders-v2',
      event_types: ['messages', 'templates'],
      retry_count: 5,
      timeout_seconds: 60,
      sandbox: false,
    });
    expect(updated.status).toBe(200);
    expect(Object.keys(updated.json.data)).toEqual(webhookKeys);
    expect(updated.json.data).toMatchObject({
      display_name: 'Updated Order Notifications',
      endpoint_url: 'https://example.com/webhooks/orders-v2',
      signing_secret: null,
      retry_count: 5,
      timeout_seconds: 60,
      created_at: json.data.created_at,
    });
    expect(updated.json.data.updated_at).toMatch(/\+00:00$/);
  });

  test('keeps what is absent, and clears the filters for null or {}', async () => {
    const { json } = await create({
      retry_count: 5,
      timeout_seconds: 99,
      event_filters: { messages: ['sent'] },
    });
    const required = {
      display_name: 'Kept',
      endpoint_url: 'https://example.com/k',
      event_types: ['messages'],
    };
    const kept = await put(json.data.id, required);
    expect(kept.json.data).toMatchObject({
      retry_count: 5,
      timeout_seconds: 99,
      event_filters: { messages: ['sent'] },
    });
    for (const event_filters of [null, {}]) {
      await put(json.data.id, { ...required, event_filters: { messages: ['sent'] } });
      const cleared = await put(json.data.id, { ...required, event_filters });
      expect(cleared.json.data.event_filters).toBeNull();
    }
  });

  test('drops a kept filter whose family is no longer subscribed', async () => {
    const { json } = await create({
      event_types: ['messages', 'contact'],
      event_filters: { contact: ['help'], messages: ['sent'] },
    });
    const { json: updated } = await put(json.data.id, {
      display_name: 'Fewer',
      endpoint_url: 'https://example.com/f',
      event_types: ['message'],
    });
    expect(updated.data.event_filters).toEqual({ messages: ['sent'] });
  });

  test('requires the three required fields', async () => {
    const { json } = await create();
    const { status, json: refused } = await put(json.data.id, { retry_count: 2 });
    expect(status).toBe(400);
    expect(Object.keys(refused.error.details)).toEqual(['display_name', 'endpoint_url', 'event_types']);
  });
});

describe('DELETE /v3/webhooks/{id}', () => {
  test('answers 204 without a body, also with a content type, and 404 the second time', async () => {
    const { json } = await create();
    const headers = { 'content-type': 'application/json' };
    const first = await api.call('DELETE', `/v3/webhooks/${json.data.id}`, { key: user.key, headers });
    expect(first.status).toBe(204);
    expect(first.text).toBe('');
    expect(first.headers['x-request-id']).toMatch(/^req_/);
    const second = await api.call('DELETE', `/v3/webhooks/${json.data.id}`, { key: user.key });
    expect(second.status).toBe(404);
  });
});
