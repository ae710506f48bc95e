import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attemptAll, postponed } from '../support/deliveries.ts';
import { type Member, platformKey, startApi, type TestApi } from './harness.ts';
import { absentId, webhookBody } from './webhook-body.ts';

const eventKeys = [
  'id',
  'event_type',
  'event_data',
  'delivery_status',
  'http_status_code',
  'response_body',
  'delivery_attempts',
  'error_message',
  'created_at',
  'processing_started_at',
  'processing_completed_at',
];

let api: TestApi;
let user: Member;
let url: string;

beforeAll(async () => {
  api = await startApi();
  user = await api.member('user');
  const { json } = await api.call('POST', '/v3/webhooks', {
    key: user.key,
    body: { ...webhookBody, event_types: ['message', 'templates'] },
  });
  url = `/v3/webhooks/${json.data.id}/events`;
  for (const [event, payload] of [
    ['message.sent', '{"z":1.10,"a":12345678901234567890,"nested":{"b":[1e3],"a":"é"}}'],
    ['templates', '{"name":"welcome"}'],
    ['message.read', '{}'],
  ]) {
    const body = `{"account_id":"${user.account.id}","event":"${event}","payload":${payload}}`;
    await api.call('POST', '/platform/v1/events', { key: platformKey, body });
  }
});
afterAll(() => api.close());

const list = (query = '') => api.call('GET', `${url}${query}`, { key: user.key });
async function typesOf(query: string): Promise<string[]> {
  const { json } = await list(query);
  return json.data.events.map((event: { event_type: string }) => event.event_type);
}

describe('GET /v3/webhooks/{id}/events', () => {
  test('lists one item for each event, newest first, with the keys in their order', async () => {
    const { status, json } = await list();
    expect(status).toBe(200);
    expect(Object.keys(json.data)).toEqual(['events', 'pagination']);
    for (const event of json.data.events) expect(Object.keys(event)).toEqual(eventKeys);
    expect(await typesOf('')).toEqual(['message.read', 'templates', 'message.sent']);
    expect(json.data.events[0]).toMatchObject({
      delivery_status: 'pending',
      http_status_code: null,
      response_body: null,
      delivery_attempts: 0,
      error_message: null,
      processing_started_at: null,
      processing_completed_at: null,
    });
    expect(json.data.pagination).toMatchObject({ total_count: 3, has_more: false });
  });

  test('shows the delivered JSON with its keys in the order given and its numbers as written', async () => {
    const { text, json } = await list('?search=message.sent');
    expect(text).toContain('"payload":{"z":1.10,"a":12345678901234567890,"nested":{"b":[1e3],"a":"é"}}}');
    expect(Object.keys(json.data.events[0].event_data)).toEqual([
      'field',
      'event',
      'sub_type',
      'timestamp',
      'request_id',
      'payload',
    ]);
    const parent = (await list('?search=templates')).json.data.events[0];
    expect(Object.keys(parent.event_data)).toEqual(['field', 'timestamp', 'request_id', 'payload']);
  });

  test('finds by part of the event type, by exact id, by status and by time', async () => {
    const { json } = await list();
    const [newest] = json.data.events;
    expect(await typesOf('?search=message')).toEqual(['message.read', 'message.sent']);
    expect(await typesOf(`?search=${newest.id}`)).toEqual(['message.read']);
    expect(await typesOf(`?search=${absentId}`)).toEqual([]);
    expect(await typesOf('?status=pending&search=read')).toEqual(['message.read']);
    expect(await typesOf('?status=delivered')).toEqual([]);
    expect(await typesOf('?search=&status=&from=&to=')).toHaveLength(3);
    expect(await typesOf('?to=2020-01-01T00:00:00Z')).toEqual([]);
    expect(await typesOf('?from=2020-01-01T00:00:00%2B00:00')).toHaveLength(3);
  });

  test('shows how the attempts went, and finds by status', async () => {
    const owner = await api.member('user');
    const { json } = await api.call('POST', '/v3/webhooks', { key: owner.key, body: webhookBody });
    const body = { account_id: owner.account.id, event: 'message.sent', payload: {} };
    await api.call('POST', '/platform/v1/events', { key: platformKey, body });
    const read = async (status: string) => {
      const path = `/v3/webhooks/${json.data.id}/events?status=${status}`;
      return (await api.call('GET', path, { key: owner.key })).json.data.events;
    };
    await attemptAll(api.db, { ...postponed, retryInMs: 0 });
    const [retrying] = await read('retrying');
    expect(retrying).toMatchObject({
      delivery_status: 'retrying',
      http_status_code: 500,
      delivery_attempts: 1,
      error_message: 'The endpoint answered 500',
      processing_completed_at: null,
    });
    expect(retrying.processing_started_at).not.toBeNull();
    await attemptAll(api.db, { responseBody: 'ok' });
    expect(await read('retrying')).toEqual([]);
    const [delivered] = await read('delivered');
    expect(delivered).toMatchObject({
      id: retrying.id,
      http_status_code: 200,
      response_body: 'ok',
      delivery_attempts: 2,
      error_message: null,
    });
    expect(delivered.processing_completed_at).not.toBeNull();
  });

  test('goes in pages', async () => {
    const { json } = await list('?page=2&page_size=2');
    expect(json.data.events.map((event: { event_type: string }) => event.event_type)).toEqual([
      'message.sent',
    ]);
    expect(json.data.pagination).toEqual({
      page: 2,
      page_size: 2,
      total_count: 3,
      total_pages: 2,
      has_more: false,
      cursors: null,
    });
  });

  test.each(['status=lost', 'from=yesterday', 'to=1', 'page=0', 'page_size=1000'])(
    'refuses ?%s',
    async (query) => {
      const { status, json } = await list(`?${query}`);
      expect([status, json.error.code]).toEqual([400, 'VALIDATION_001']);
    },
  );

  test('answers 404 for an unknown webhook and 400 for no id', async () => {
    expect((await api.call('GET', `/v3/webhooks/${absentId}/events`, { key: user.key })).status).toBe(404);
    expect((await api.call('GET', '/v3/webhooks/1/events', { key: user.key })).status).toBe(400);
  });
});
