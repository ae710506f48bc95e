/** The official SDK, unchanged but for its base URL, through every webhook operation and /v3/me. */
import Sent from '@sentdm/sentdm';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { verifyByContract } from '../support/verify-by-contract.ts';

let service: TestService;
let receiver: Receiver;
let sent: Sent;
let webhookId: string;
let secret: string;

beforeAll(async () => {
  service = await startTestService();
  receiver = await startReceiver();
  // A base URL with a slash at its end works like one without.
  sent = new Sent({ apiKey: service.keys.profileKey, baseURL: `${service.address}/`, maxRetries: 0 });
});
afterAll(async () => {
  await receiver.close();
  await service.close();
});

function present<Value>(value: Value | null | undefined): Value {
  if (value === null || value === undefined) throw new Error('the answer lacks a value');
  return value;
}

async function publish(event: string): Promise<void> {
  const response = await fetch(`${service.address}/platform/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': service.keys.platformKey },
    body: JSON.stringify({ account_id: service.keys.profileId, event, payload: { message_id: 'm-1' } }),
  });
  expect(response.status).toBe(202);
}

describe('the official SDK', () => {
  test('me.retrieve tells whose key it is', async () => {
    const { data } = await sent.me.retrieve();
    expect(data).toMatchObject({ id: service.keys.profileId, type: 'profile', profiles: [] });
    expect(data?.channels?.sms?.configured).toBe(false);
  });

  test('webhooks.listEventTypes lists what can be subscribed to', async () => {
    const { data } = await sent.webhooks.listEventTypes();
    const names = present(data?.event_types).map(({ name }) => name);
    expect(names).toContain('message.delivered');
    expect(names).toContain('templates');
  });

  test('webhooks.create registers an endpoint and shows its secret', async () => {
    const { data, success } = await sent.webhooks.create({
      display_name: 'Order Notifications',
      endpoint_url: receiver.url,
      event_types: ['messages'],
      event_filters: { messages: ['delivered', 'failed'] },
      retry_count: 3,
      timeout_seconds: 30,
      'Idempotency-Key': 'sdk-create-1',
    });
    expect(success).toBe(true);
    expect(data).toMatchObject({
      display_name: 'Order Notifications',
      is_active: true,
      event_types: ['messages'],
    });
    webhookId = present(data?.id);
    secret = present(data?.signing_secret);
  });

  test('repeating a create with its idempotency key gives the same webhook and secret', async () => {
    const { data } = await sent.webhooks.create({
      display_name: 'Order Notifications',
      endpoint_url: receiver.url,
      event_types: ['messages'],
      event_filters: { messages: ['delivered', 'failed'] },
      retry_count: 3,
      timeout_seconds: 30,
      'Idempotency-Key': 'sdk-create-1',
    });
    expect([data?.id, data?.signing_secret]).toEqual([webhookId, secret]);
  });

  test('webhooks.retrieve and list find it, without its secret', async () => {
    const { data } = await sent.webhooks.retrieve(webhookId);
    expect(data).toMatchObject({ id: webhookId, signing_secret: null });
    const { data: list } = await sent.webhooks.list({ page: 1, page_size: 20, search: '', is_active: true });
    expect(list?.webhooks?.map(({ id }) => id)).toEqual([webhookId]);
    expect(list?.pagination).toEqual({
      page: 1,
      page_size: 20,
      total_count: 1,
      total_pages: 1,
      has_more: false,
      cursors: null,
    });
  });

  test('webhooks.update changes it and keeps what is not given', async () => {
    const { data } = await sent.webhooks.update(webhookId, {
      display_name: 'Updated Order Notifications',
      endpoint_url: `${receiver.url}/v2`,
      event_types: ['messages', 'templates'],
      retry_count: 5,
    });
    expect(data).toMatchObject({
      display_name: 'Updated Order Notifications',
      retry_count: 5,
      timeout_seconds: 30,
      event_filters: { messages: ['delivered', 'failed'] },
    });
    expect(data?.updated_at).not.toBeNull();
  });

  test('webhooks.test sends a signed event at once', async () => {
    const { data } = await sent.webhooks.test(webhookId, { event_type: 'message.delivered' });
    expect(data).toEqual({ success: true, message: 'Test event delivered successfully' });
    const request = await receiver.next();
    expect(request.path).toBe('/v2');
    expect(verifyByContract(request, secret)).toBe(true);
  });

  test('webhooks.rotateSecret gives a new secret, which signs what follows', async () => {
    const { data } = await sent.webhooks.rotateSecret(webhookId, {});
    const rotated = present(data?.signing_secret);
    expect(rotated).not.toBe(secret);
    await publish('message.delivered');
    const request = await receiver.next();
    expect(verifyByContract(request, rotated)).toBe(true);
    expect(verifyByContract(request, secret)).toBe(false);
    const headers = {
      'webhook-id': String(request.headers['webhook-id']),
      'webhook-timestamp': String(request.headers['webhook-timestamp']),
      'webhook-signature': String(request.headers['webhook-signature']),
    };
    expect(new Webhook(rotated).verify(request.body, headers)).toMatchObject({
      field: 'messages',
      event: 'message.delivered',
    });
    expect(() => new Webhook(secret).verify(request.body, headers)).toThrow();
  });

  test('webhooks.listEvents shows what was delivered', async () => {
    const { data } = await eventually(
      () => sent.webhooks.listEvents(webhookId, { page: 1, page_size: 20 }),
      ({ data: log }) =>
        log?.events?.length === 2 && log.events.every((event) => event.delivery_status === 'delivered'),
    );
    expect(data?.events?.[0]).toMatchObject({
      event_type: 'message.delivered',
      delivery_attempts: 1,
      http_status_code: 200,
      error_message: null,
      event_data: { field: 'messages', payload: { message_id: 'm-1' } },
    });
  });

  test('webhooks.toggleStatus turns it off and on', async () => {
    expect((await sent.webhooks.toggleStatus(webhookId, { is_active: false })).data?.is_active).toBe(false);
    expect((await sent.webhooks.toggleStatus(webhookId, { is_active: true })).data?.is_active).toBe(true);
  });

  test('webhooks.create in the sandbox stores nothing', async () => {
    await sent.webhooks.create({
      display_name: 'Sandbox',
      endpoint_url: 'https://example.com/hook',
      event_types: ['message'],
      sandbox: true,
    });
    const { data } = await sent.webhooks.list({ page: 1, page_size: 20 });
    expect(data?.pagination?.total_count).toBe(1);
  });

  test('an organization acts as its profile with x-profile-id', async () => {
    const organization = new Sent({
      apiKey: service.keys.organizationKey,
      baseURL: service.address,
      maxRetries: 0,
    });
    const own = await organization.webhooks.list({ page: 1, page_size: 20 });
    const scoped = await organization.webhooks.list({
      page: 1,
      page_size: 20,
      'x-profile-id': service.keys.profileId,
    });
    expect([own.data?.pagination?.total_count, scoped.data?.pagination?.total_count]).toEqual([0, 1]);
  });

  test('webhooks.delete removes it, and its errors arrive as the errors of the SDK', async () => {
    await sent.webhooks.delete(webhookId);
    await expect(sent.webhooks.retrieve(webhookId)).rejects.toBeInstanceOf(Sent.NotFoundError);
    await expect(sent.webhooks.delete(webhookId)).rejects.toBeInstanceOf(Sent.NotFoundError);
    const stranger = new Sent({ apiKey: 'wrong', baseURL: service.address, maxRetries: 0 });
    await expect(stranger.me.retrieve()).rejects.toBeInstanceOf(Sent.AuthenticationError);
    const refused = sent.webhooks.create({
      display_name: '',
      endpoint_url: 'https://example.com',
      event_types: ['message'],
    });
    await expect(refused).rejects.toBeInstanceOf(Sent.BadRequestError);
  });
});
