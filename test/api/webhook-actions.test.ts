import sql from 'sql-template-tag';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { secretKey, signV1 } from '../../src/domain/signature.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { type Member, startApi, type TestApi } from './harness.ts';
import { webhookBody } from './webhook-body.ts';

let api: TestApi;
let user: Member;
let receiver: Receiver;
let webhook: { id: string; signing_secret: string; url: string };

beforeAll(async () => {
  api = await startApi();
  user = await api.member('user');
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver.close();
  await api.close();
});
beforeEach(async () => {
  receiver.respondWith({ status: 200 });
  webhook = await create();
});

async function create(change: object = {}) {
  const body = { ...webhookBody, endpoint_url: receiver.url, ...change };
  const { json } = await api.call('POST', '/v3/webhooks', { key: user.key, body });
  return { ...json.data, url: `/v3/webhooks/${json.data.id}` };
}
const toggle = (body: unknown) => api.call('PATCH', `${webhook.url}/toggle-status`, { key: user.key, body });
const rotate = (body?: unknown) =>
  api.call('POST', `${webhook.url}/rotate-secret`, {
    key: user.key,
    ...(body === undefined ? {} : { body }),
  });
const tryOut = (body: unknown, url = webhook.url) => api.call('POST', `${url}/test`, { key: user.key, body });
const read = async () => (await api.call('GET', webhook.url, { key: user.key })).json.data;

describe('PATCH toggle-status', () => {
  test('sets, and does not flip', async () => {
    for (const is_active of [false, false, true, true]) {
      const { status, json } = await toggle({ is_active });
      expect([status, json.data.is_active]).toEqual([200, is_active]);
      expect(json.data.updated_at).not.toBeNull();
      expect(json.data.signing_secret).toBeNull();
    }
  });

  test('turning on forgets the failures, and wakes the engine', async () => {
    await api.db.query(sql`update webhooks set is_active = false, consecutive_failures = 10
      where id = ${webhook.id}`);
    const before = api.wakeUps();
    const { json } = await toggle({ is_active: true });
    expect(json.data.consecutive_failures).toBe(0);
    expect(api.wakeUps()).toBe(before + 1);
  });

  test('requires is_active as a boolean', async () => {
    for (const body of [{}, { is_active: null }, { is_active: 'true' }, { is_active: 1 }]) {
      const { status, json } = await toggle(body);
      expect([status, json.error.code]).toEqual([400, 'VALIDATION_001']);
    }
  });
});

describe('POST rotate-secret', () => {
  test('answers the new secret and nothing else, and signs with it from then on', async () => {
    const { status, json } = await rotate({});
    expect(status).toBe(200);
    expect(Object.keys(json.data)).toEqual(['signing_secret']);
    expect(json.data.signing_secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(json.data.signing_secret).not.toBe(webhook.signing_secret);
    expect((await read()).updated_at).not.toBeNull();

    await tryOut({ event_type: 'message.sent' });
    const { headers, body } = await receiver.next();
    const standard = { ...headers } as Record<string, string>;
    expect(() => new StandardWebhook(json.data.signing_secret).verify(body, standard)).not.toThrow();
    expect(() => new StandardWebhook(webhook.signing_secret).verify(body, standard)).toThrow();
  });

  test('needs no body', async () => {
    expect((await rotate()).status).toBe(200);
  });

  test('keeps the old secret for the overlap that is asked for', async () => {
    await rotate({ overlap_seconds: 60 });
    const [row] = await api.db.query<{ sealed: string | null }>(
      sql`select sealed_previous_secret as sealed from webhooks where id = ${webhook.id}`,
    );
    expect(row?.sealed).not.toBeNull();
    await tryOut({ event_type: 'message.sent' });
    const { headers, body } = await receiver.next();
    expect(String(headers['webhook-signature']).split(' ')).toHaveLength(2);
    const standard = { ...headers } as Record<string, string>;
    expect(() => new StandardWebhook(webhook.signing_secret).verify(body, standard)).not.toThrow();
    await rotate({});
    const [after] = await api.db.query<{ sealed: string | null }>(
      sql`select sealed_previous_secret as sealed from webhooks where id = ${webhook.id}`,
    );
    expect(after?.sealed).toBeNull();
  });

  test('refuses an overlap out of range', async () => {
    for (const overlap_seconds of [0, 604_801, 1.5, '60']) {
      const { status, json } = await rotate({ overlap_seconds });
      expect(status).toBe(400);
      expect(json.error.message).toBe('Overlap seconds must be between 1 and 604800');
    }
  });
});

describe('POST test', () => {
  test('makes one signed POST with a realistic body', async () => {
    const { status, json } = await tryOut({ event_type: 'message.delivered' });
    expect(status).toBe(200);
    expect(json.data).toEqual({ success: true, message: 'Test event delivered successfully' });
    const { headers, body } = await receiver.next();
    const delivered = JSON.parse(body);
    expect(Object.keys(delivered)).toEqual([
      'field',
      'event',
      'sub_type',
      'timestamp',
      'request_id',
      'payload',
    ]);
    expect(delivered).toMatchObject({ field: 'messages', event: 'message.delivered' });
    expect(delivered.payload.message_status).toBe('DELIVERED');
    expect(headers['x-webhook-id']).toBe(webhook.id);
    expect(headers['x-webhook-event-type']).toBe('message.delivered');
    expect(headers['x-webhook-attempt']).toBe('1');
    const timestamp = Number(headers['x-webhook-timestamp']);
    expect(headers['x-webhook-signature']).toBe(
      signV1(secretKey(webhook.signing_secret), webhook.id, timestamp, body),
    );
  });

  test('takes a parent, an alias and a type that the webhook has not subscribed to', async () => {
    for (const [event_type, name, field] of [
      ['templates', undefined, 'templates'],
      ['messages', undefined, 'messages'],
      ['messages.read', 'message.read', 'messages'],
      ['call.failed', 'call.failed', 'call'],
    ]) {
      expect((await tryOut({ event_type })).json.data.success).toBe(true);
      const { body } = await receiver.next();
      expect(JSON.parse(body).event).toBe(name);
      expect(JSON.parse(body).field).toBe(field);
    }
  });

  test('is logged, and dates the webhook', async () => {
    await tryOut({ event_type: 'message.delivered' });
    const { headers, body } = await receiver.next();
    const { json } = await api.call('GET', `${webhook.url}/events`, { key: user.key });
    expect(json.data.events).toHaveLength(1);
    expect(json.data.events[0]).toMatchObject({
      id: headers['x-webhook-event-id'],
      event_type: 'message.delivered',
      delivery_status: 'delivered',
      http_status_code: 200,
      delivery_attempts: 1,
      error_message: null,
    });
    expect(json.data.events[0].event_data).toEqual(JSON.parse(body));
    const { last_delivery_attempt_at, last_successful_delivery_at } = await read();
    expect(last_delivery_attempt_at).not.toBeNull();
    expect(last_successful_delivery_at).not.toBeNull();
  });

  test('answers 200 with the reason when the endpoint fails, and does not count it as a failure', async () => {
    receiver.respondWith({ status: 500, body: 'no' });
    const { status, json } = await tryOut({ event_type: 'message.delivered' });
    expect(status).toBe(200);
    expect(json.data).toEqual({ success: false, message: 'The endpoint answered 500' });
    expect((await receiver.next()).headers['x-webhook-attempt']).toBe('1');
    const after = await read();
    expect(after).toMatchObject({
      consecutive_failures: 0,
      is_active: true,
      last_successful_delivery_at: null,
    });
    const { json: log } = await api.call('GET', `${webhook.url}/events`, { key: user.key });
    expect(log.data.events[0]).toMatchObject({
      delivery_status: 'failed',
      http_status_code: 500,
      response_body: 'no',
      error_message: 'The endpoint answered 500',
    });
  });

  test('a 410 does not disable the webhook', async () => {
    receiver.respondWith({ status: 410 });
    expect((await tryOut({ event_type: 'message' })).json.data.success).toBe(false);
    await receiver.next();
    expect((await read()).is_active).toBe(true);
  });

  test('reaches an inactive webhook', async () => {
    await toggle({ is_active: false });
    expect((await tryOut({ event_type: 'message' })).json.data.success).toBe(true);
    await receiver.next();
  });

  test('never reaches an address that is not allowed, even when it was stored', async () => {
    await api.db.query(sql`update webhooks set endpoint_url = 'http://10.0.0.1/' where id = ${webhook.id}`);
    const { status, json } = await tryOut({ event_type: 'message' });
    expect(status).toBe(200);
    expect(json.data.success).toBe(false);
    expect(json.data.message).toContain('10.0.0.1');
  });

  test('requires a known event type', async () => {
    for (const body of [{}, { event_type: '' }, { event_type: null }]) {
      expect((await tryOut(body)).json.error).toMatchObject({
        code: 'VALIDATION_001',
        message: 'Event type is required',
        details: null,
      });
    }
    const { status, json } = await tryOut({ event_type: 'message.exploded' });
    expect(status).toBe(400);
    expect(json.error.message).toContain('message.delivered');
  });
});
