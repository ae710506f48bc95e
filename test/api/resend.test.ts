import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Lane } from '../../src/domain/lane.ts';
import { secretKey, signV1 } from '../../src/domain/signature.ts';
import { attemptAll, givenUp, postponed } from '../support/deliveries.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';
import { type ReceivedRequest, type Receiver, startReceiver } from '../support/receiver.ts';
import { type Member, platformKey, startApi, type TestApi } from './harness.ts';
import { absentId, webhookBody } from './webhook-body.ts';

let api: TestApi;
let user: Member;
let receiver: Receiver;
let engine: TestEngine | null = null;
let readied: Lane[];
let webhook: { id: string; signing_secret: string; url: string };

const delivered = { status: 'delivered', message: 'The event was delivered' };
const broughtForward = { status: 'queued', message: 'The next attempt was brought forward' };

beforeAll(async () => {
  const onReady = (lanes: readonly Lane[]) => {
    readied.push(...lanes);
    engine?.wake(lanes);
  };
  api = await startApi({
    config: { rateLimits: { standard: 1_000_000, rotate: 1_000_000, test: 900_000 } },
    replace: { onReady },
  });
  user = await api.member('user');
});
afterAll(() => api.close());
beforeEach(async () => {
  readied = [];
  receiver = await startReceiver({ status: 200, body: 'thanks' });
  const body = { ...webhookBody, endpoint_url: receiver.url };
  const { json } = await api.call('POST', '/v3/webhooks', { key: user.key, body });
  webhook = { ...json.data, url: `/v3/webhooks/${json.data.id}` };
});
afterEach(async () => {
  await engine?.close();
  engine = null;
  await api.call('DELETE', webhook.url, { key: user.key });
  await api.db.execute('delete from pending_deliveries');
  await receiver.close();
});

async function published(): Promise<string> {
  const body = `{"account_id":"${user.account.id}","event":"message.sent","payload":{"z":1.10,"a":1}}`;
  await api.call('POST', '/platform/v1/events', { key: platformKey, body });
  const { json } = await api.call('GET', `${webhook.url}/events`, { key: user.key });
  return json.data.events[0].id;
}
/** A delivery with one attempt, which was not sent anywhere. */
async function attempted(outcome: Parameters<typeof attemptAll>[1]): Promise<string> {
  const id = await published();
  await attemptAll(api.db, outcome);
  return id;
}

const resend = (
  id: string,
  options: { readonly body?: unknown; readonly headers?: Record<string, string> } = {},
) => api.call('POST', `${webhook.url}/events/${id}/resend`, { key: user.key, ...options });
const resent = async (id: string) => (await resend(id)).json.data;
const detailOf = async (id: string) =>
  (await api.call('GET', `${webhook.url}/events/${id}`, { key: user.key })).json.data;
const webhookNow = async () => (await api.call('GET', webhook.url, { key: user.key })).json.data;
const totalOf = async (status: string) =>
  (await api.call('GET', `${webhook.url}/events?status=${status}`, { key: user.key })).json.data.pagination
    .total_count;
const toggle = (is_active: boolean) =>
  api.call('PATCH', `${webhook.url}/toggle-status`, { key: user.key, body: { is_active } });
const onlyRequest = async (): Promise<ReceivedRequest> => {
  expect(receiver.requests).toHaveLength(1);
  return receiver.next();
};

describe('resending a finished delivery', () => {
  test('makes one POST with the same id and body, signed with the secret of now, and its own number', async () => {
    const id = await attempted({});
    const { body } = (await detailOf(id)).request;
    const rotated = await api.call('POST', `${webhook.url}/rotate-secret`, { key: user.key });
    const { status, json } = await resend(id);
    expect([status, json.data]).toEqual([200, delivered]);
    const received = await onlyRequest();
    expect(received.body).toBe(body);
    expect(received.body).toContain('"payload":{"z":1.10,"a":1}}');
    expect(received.headers).toMatchObject({
      'x-webhook-event-id': id,
      'webhook-id': id,
      'x-webhook-event-type': 'message.sent',
      'x-webhook-attempt': '2',
    });
    const key = secretKey(rotated.json.data.signing_secret);
    const timestamp = Number(received.headers['x-webhook-timestamp']);
    expect(received.headers['x-webhook-signature']).toBe(signV1(key, webhook.id, timestamp, received.body));
    const { event, request, attempts } = await detailOf(id);
    expect(event).toMatchObject({
      delivery_status: 'delivered',
      delivery_attempts: 2,
      response_body: 'thanks',
    });
    expect(attempts.map(({ number }: { number: number }) => number)).toEqual([1, 2]);
    expect(request.headers['x-webhook-signature']).toBe(received.headers['x-webhook-signature']);
    expect([request.headers['x-webhook-attempt'], request.as_sent]).toEqual(['2', true]);
  });

  test('delivers what had failed: in its item, in the totals, and in the times of its webhook', async () => {
    const id = await attempted(givenUp);
    const { consecutive_failures } = await webhookNow();
    expect([consecutive_failures, await totalOf('failed'), await totalOf('delivered')]).toEqual([1, 1, 0]);
    expect(await resent(id)).toEqual(delivered);
    expect([await totalOf('failed'), await totalOf('delivered')]).toEqual([0, 1]);
    const { event, attempts } = await detailOf(id);
    expect(event).toMatchObject({ delivery_status: 'delivered', error_message: null, http_status_code: 200 });
    expect(attempts).toMatchObject([
      { number: 1, http_status_code: 500 },
      { number: 2, http_status_code: 200 },
    ]);
    const { last_successful_delivery_at, consecutive_failures: after, is_active } = await webhookNow();
    expect(last_successful_delivery_at).toBe(attempts[1].started_at);
    expect([after, is_active]).toEqual([1, true]);
  });

  test('that fails is not tried again, and what was delivered stays so', async () => {
    receiver.respondWith({ status: 410, body: 'gone' });
    const id = await attempted({});
    expect(await resent(id)).toEqual({ status: 'failed', message: 'The endpoint answered 410' });
    expect(receiver.requests).toHaveLength(1);
    expect((await detailOf(id)).event).toMatchObject({
      delivery_status: 'delivered',
      http_status_code: 410,
      response_body: 'gone',
      error_message: 'The endpoint answered 410',
    });
    expect(await api.db.query(sql`select id from pending_deliveries`)).toEqual([]);
    expect(await webhookNow()).toMatchObject({ is_active: true, consecutive_failures: 0 });
  });

  test('reaches a webhook that is not active, and leaves it so', async () => {
    const id = await attempted(givenUp);
    await toggle(false);
    expect(await resent(id)).toEqual(delivered);
    expect(receiver.requests).toHaveLength(1);
    expect(await webhookNow()).toMatchObject({ is_active: false });
  });

  test('twice at once makes two attempts, each with its number, and loses neither', async () => {
    const both = receiver.waitFor(2);
    receiver.respondWith(() => ({ status: 200, delayUntil: both }));
    const id = await attempted(givenUp);
    expect(await Promise.all([resent(id), resent(id)])).toEqual([delivered, delivered]);
    const numbers = (await both).map(({ headers }) => headers['x-webhook-attempt']);
    expect(numbers.toSorted()).toEqual(['2', '3']);
    expect((await detailOf(id)).attempts).toMatchObject([
      { number: 1, http_status_code: 500 },
      { number: 2, http_status_code: 200 },
      { number: 3, http_status_code: 200 },
    ]);
    expect([await totalOf('failed'), await totalOf('delivered')]).toEqual([0, 1]);
  });

  test('goes where the webhook points now, and never to an address that is not allowed', async () => {
    const id = await attempted({});
    await api.db.query(sql`update webhooks set endpoint_url = 'http://10.0.0.1/' where id = ${webhook.id}`);
    const { status, message } = await resent(id);
    expect([status, message]).toEqual(['failed', expect.stringContaining('10.0.0.1')]);
    expect(receiver.connections.opened).toBe(0);
  });

  test('is refused when its event is past retention', async () => {
    const id = await attempted({});
    await api.db.execute('delete from events');
    for (const body of [undefined, { sandbox: true }]) {
      const { status, json } = await resend(id, body === undefined ? {} : { body });
      expect([status, json.error.code]).toEqual([400, 'VALIDATION_001']);
      expect(json.error.message).toBe('The event is past retention and cannot be sent again');
    }
    expect((await detailOf(id)).event.delivery_attempts).toBe(1);
  });
});

describe('resending an unfinished delivery', () => {
  test('brings its retry forward, which the engine then makes at once', async () => {
    receiver.respondWith((_request, index) => ({ status: index === 0 ? 500 : 200 }));
    engine = startTestEngine(api.db);
    const id = await published();
    expect(await engine.nextOutcome()).toMatchObject({ attemptNumber: 1, event: 'postpone' });
    expect(await resent(id)).toEqual(broughtForward);
    expect(readied).toMatchObject([{ webhookId: webhook.id, accountId: user.account.id, isRetry: true }]);
    expect(await engine.nextOutcome()).toMatchObject({ attemptNumber: 2, event: 'succeed' });
    expect((await detailOf(id)).event).toMatchObject({ delivery_status: 'delivered', delivery_attempts: 2 });
    expect(receiver.requests).toHaveLength(2);
  });

  test('that is being sent adds nothing to it', async () => {
    let answer = () => {};
    const delayUntil = new Promise<void>((resolve) => {
      answer = resolve;
    });
    receiver.respondWith({ status: 200, delayUntil });
    engine = startTestEngine(api.db);
    const id = await published();
    await receiver.next();
    expect((await detailOf(id)).next_attempt_at).toBeNull();
    expect(await resent(id)).toEqual({ status: 'queued', message: 'An attempt is under way' });
    answer();
    expect(await engine.nextOutcome()).toMatchObject({ attemptNumber: 1, event: 'succeed' });
    expect(receiver.requests).toHaveLength(1);
  });

  test('of a webhook that is not active closes it and sends it at once', async () => {
    const id = await attempted(postponed);
    await toggle(false);
    expect(await resent(id)).toEqual(delivered);
    expect((await onlyRequest()).headers['x-webhook-attempt']).toBe('2');
    const { event, attempts } = await detailOf(id);
    expect(event).toMatchObject({ delivery_status: 'delivered', delivery_attempts: 2 });
    expect(attempts).toHaveLength(2);
    expect(await api.db.query(sql`select id from pending_deliveries`)).toEqual([]);
  });
});

describe('POST /v3/webhooks/{id}/events/{event_id}/resend', () => {
  test('simulated, checks everything and changes nothing', async () => {
    const finished = await attempted({});
    const waiting = await attempted(postponed);
    const rows = () =>
      api.db.query(sql`
        select d::text as row from deliveries d union all select p::text from pending_deliveries p
        union all select w::text from webhooks w order by 1`);
    const before = await rows();
    const { json, headers } = await resend(finished, { body: { sandbox: true } });
    expect([json.data, headers['x-sandbox']]).toEqual([delivered, 'true']);
    expect((await resend(waiting, { body: { sandbox: true } })).json.data).toEqual(broughtForward);
    expect(await rows()).toEqual(before);
    expect(receiver.connections.opened).toBe(0);
    expect((await resend(absentId, { body: { sandbox: true } })).status).toBe(404);
  });

  test('takes no body, an empty object, and nothing else', async () => {
    const id = await attempted({});
    for (const options of [{}, { body: {} }, { body: { sandbox: false, more: 1 } }]) {
      expect((await resend(id, options)).json.data).toEqual(delivered);
    }
    for (const body of [[], 'x', { sandbox: 'yes' }]) {
      const { status, json } = await resend(id, { body: JSON.stringify(body) });
      expect([status, json.error.code]).toEqual([400, 'VALIDATION_001']);
    }
    expect(receiver.requests).toHaveLength(3);
  });

  test('refuses ids that are none, and finds nothing of others', async () => {
    const id = await attempted({});
    const other = await api.member('user');
    for (const [path, key, status, message] of [
      [`/v3/webhooks/1/events/${id}`, user.key, 400, 'Invalid webhook ID format.'],
      [`${webhook.url}/events/1`, user.key, 400, 'Invalid event ID format.'],
      [`/v3/webhooks/${absentId}/events/${id}`, user.key, 404, 'Webhook not found'],
      [`${webhook.url}/events/${id}`, other.key, 404, 'Webhook not found'],
      [`${webhook.url}/events/${absentId}`, user.key, 404, 'Event not found'],
    ] as const) {
      const answer = await api.call('POST', `${path}/resend`, { key });
      expect([path, answer.status, answer.json.error.message]).toEqual([path, status, message]);
    }
    expect(receiver.requests).toHaveLength(0);
  });

  test('sends once for an idempotency key, which belongs to that one delivery', async () => {
    const [id, another] = [await attempted({}), await attempted({})];
    const headers = { 'idempotency-key': 'again' };
    const first = await resend(id, { headers });
    const second = await resend(id, { headers });
    expect(second.text).toBe(first.text);
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect(receiver.requests).toHaveLength(1);
    const { status, json } = await resend(another, { headers });
    expect([status, json.error.code]).toEqual([409, 'CONFLICT_005']);
    const capital = await resend(id.toUpperCase(), { headers });
    expect(capital.headers['idempotent-replayed']).toBe('true');
    expect(receiver.requests).toHaveLength(1);
  });

  test('is limited together with tests', async () => {
    const { headers } = await resend(await attempted({}));
    expect(headers['x-ratelimit-limit']).toBe('900000');
  });

  test('under way, is counted in the log, which shows the answer before it', async () => {
    let answer = () => {};
    const delayUntil = new Promise<void>((resolve) => {
      answer = resolve;
    });
    receiver.respondWith({ status: 200, delayUntil });
    const id = await attempted(givenUp);
    const resending = resent(id);
    await receiver.next();
    const { event, attempts, next_attempt_at } = await detailOf(id);
    expect(event).toMatchObject({ delivery_status: 'failed', delivery_attempts: 2, http_status_code: 500 });
    expect([attempts.length, next_attempt_at]).toEqual([1, null]);
    answer();
    expect(await resending).toEqual(delivered);
  });
});
