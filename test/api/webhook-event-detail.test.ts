import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { secretKey, signV1 } from '../../src/domain/signature.ts';
import { advanceClock } from '../support/database.ts';
import { attemptAll, postponed } from '../support/deliveries.ts';
import { startTestEngine } from '../support/engine.ts';
import { type ReceivedRequest, type Receiver, startReceiver } from '../support/receiver.ts';
import { type Member, platformKey, startApi, type TestApi } from './harness.ts';
import { absentId, webhookBody } from './webhook-body.ts';

let api: TestApi;
let user: Member;
let receiver: Receiver;
let webhook: { id: string; signing_secret: string; url: string };
let movedMs = 0;

beforeAll(async () => {
  // Their buckets would still be empty when a test has moved the clock back.
  api = await startApi({ config: { rateLimits: { standard: 0, rotate: 0, test: 0 } } });
  user = await api.member('user');
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver.close();
  await api.close();
});
beforeEach(async () => {
  receiver.respondWith({ status: 200, body: 'thanks' });
  const body = { ...webhookBody, endpoint_url: `${receiver.url}/hook` };
  const { json } = await api.call('POST', '/v3/webhooks', { key: user.key, body });
  webhook = { ...json.data, url: `/v3/webhooks/${json.data.id}` };
});
afterEach(async () => {
  await advanceClock(api.db, -movedMs);
  movedMs = 0;
  await api.call('DELETE', webhook.url, { key: user.key });
  await api.db.execute('delete from pending_deliveries');
});

const change = (method: 'POST' | 'PUT' | 'PATCH', path: string, body: object) =>
  api.call(method, `${webhook.url}${path}`, { key: user.key, body });
const read = (eventId: string) => api.call('GET', `${webhook.url}/events/${eventId}`, { key: user.key });
const detailOf = async (eventId: string) => (await read(eventId)).json.data;
const logItem = async (eventId: string) =>
  (await api.call('GET', `${webhook.url}/events?search=${eventId}`, { key: user.key })).json.data.events[0];

/** A test delivery. @returns its id in the log, and what the receiver got */
async function tested(): Promise<{ id: string; received: ReceivedRequest }> {
  const { headers } = await change('POST', '/test', { event_type: 'message.delivered' });
  const received = receiver.requests.at(-1);
  if (received === undefined) throw new Error('the test was not received');
  return { id: String(headers['x-webhook-event-id']), received };
}

async function published(payload = '{}'): Promise<string> {
  const body = `{"account_id":"${user.account.id}","event":"message.sent","payload":${payload}}`;
  await api.call('POST', '/platform/v1/events', { key: platformKey, body });
  const { json } = await api.call('GET', `${webhook.url}/events`, { key: user.key });
  return json.data.events[0].id;
}

/** The headers as they arrived, without those of the connection. */
function headersOf({ headers }: ReceivedRequest): unknown[] {
  const ofConnection = new Set(['host', 'connection', 'content-length']);
  return Object.entries(headers).filter(([name]) => !ofConnection.has(name));
}

describe('GET /v3/webhooks/{id}/events/{event_id}', () => {
  test('answers the item of the log, the request, the attempts and the next one, in that order', async () => {
    const { id } = await tested();
    const { status, json, text } = await read(id);
    expect(status).toBe(200);
    expect(Object.keys(json.data)).toEqual(['event', 'request', 'attempts', 'next_attempt_at']);
    expect(json.data.event).toEqual(await logItem(id));
    expect(json.data.attempts).toEqual([
      {
        number: 1,
        started_at: json.data.event.processing_started_at,
        duration_ms: expect.any(Number),
        http_status_code: 200,
        response_body: 'thanks',
        error_message: null,
      },
    ]);
    expect(json.data.next_attempt_at).toBeNull();
    expect(text).not.toContain(webhook.signing_secret);
  });

  test('shows the request of a test byte for byte as the receiver got it', async () => {
    const { id, received } = await tested();
    const { request } = await detailOf(id);
    expect(request).toMatchObject({ method: 'POST', url: `${receiver.url}/hook`, as_sent: true });
    expect(Object.entries(request.headers)).toEqual(headersOf(received));
    expect(request.body).toBe(received.body);
  });

  test('shows the request of the latest attempt of a delivery that the engine retried', async () => {
    const before = receiver.requests.length;
    receiver.respondWith((_request, index) => ({ status: index === before ? 500 : 200 }));
    const id = await published('{"z":1.10,"a":"é"}');
    const engine = startTestEngine(api.db, { rules: { retrySchedule: [0.02], retryJitter: 0 } });
    await engine.nextOutcome();
    await engine.nextOutcome();
    await engine.close();
    const received = (await receiver.waitFor(before + 2)).slice(before);
    const { event, request, attempts } = await detailOf(id);
    expect(event).toMatchObject({ delivery_status: 'delivered', delivery_attempts: 2 });
    expect(attempts).toMatchObject([
      { number: 1, http_status_code: 500, error_message: 'The endpoint answered 500' },
      { number: 2, http_status_code: 200, error_message: null },
    ]);
    expect(Object.entries(request.headers)).toEqual(received.slice(1).flatMap(headersOf));
    expect(request.headers['x-webhook-attempt']).toBe('2');
    expect(request.body).toBe(received[1]?.body);
    expect(request.body).toContain('"payload":{"z":1.10,"a":"é"}}');
    expect(request.as_sent).toBe(true);
  });

  test('shows what will be sent before there was an attempt', async () => {
    const id = await published();
    const { event, request, attempts, next_attempt_at } = await detailOf(id);
    expect(attempts).toEqual([]);
    expect(Date.parse(next_attempt_at)).toBeLessThanOrEqual(Date.now());
    const { headers } = request;
    expect(headers).toMatchObject({ 'x-webhook-attempt': '1', 'x-webhook-event-id': id, 'webhook-id': id });
    expect(headers['x-webhook-signature']).toBe(
      signV1(
        secretKey(webhook.signing_secret),
        webhook.id,
        Number(headers['x-webhook-timestamp']),
        request.body,
      ),
    );
    expect(JSON.parse(request.body)).toEqual(event.event_data);
    expect(request.as_sent).toBe(false);
  });

  test('tells when the next attempt is due, but not while one is under way', async () => {
    const id = await published();
    await attemptAll(api.db, { ...postponed, retryInMs: 3_600_000 });
    const waiting = await detailOf(id);
    expect(waiting.attempts).toHaveLength(1);
    expect(waiting.request.headers['x-webhook-attempt']).toBe('1');
    expect(Date.parse(waiting.next_attempt_at)).toBeGreaterThan(Date.now() + 3_590_000);
    await api.db.query(sql`update pending_deliveries set lease = gen_random_uuid() where id = ${id}`);
    expect((await detailOf(id)).next_attempt_at).toBeNull();
  });

  test('is made from the webhook as it is now, and says so, once the webhook was changed', async () => {
    const elsewhere = `${receiver.url}/elsewhere`;
    for (const [method, path, body, url] of [
      ['PATCH', '/toggle-status', { is_active: false }, `${receiver.url}/hook`],
      ['POST', '/rotate-secret', {}, `${receiver.url}/hook`],
      ['PUT', '', { ...webhookBody, endpoint_url: elsewhere }, elsewhere],
    ] as const) {
      const { id, received } = await tested();
      expect((await detailOf(id)).request.as_sent).toBe(true);
      await change(method, path, body);
      const { request } = await detailOf(id);
      expect(request).toMatchObject({ url, body: received.body, as_sent: false });
      const sent = received.headers;
      expect(request.headers['x-webhook-timestamp']).toBe(sent['x-webhook-timestamp']);
      const isSignedAlike = request.headers['x-webhook-signature'] === sent['x-webhook-signature'];
      expect([path, isSignedAlike]).toEqual([path, path !== '/rotate-secret']);
    }
    const { id, received } = await tested();
    expect(received.path).toBe('/elsewhere');
    const { request } = await detailOf(id);
    expect(request).toMatchObject({ url: elsewhere, as_sent: true });
    expect(Object.entries(request.headers)).toEqual(headersOf(received));
  });

  test('still shows both signatures of an attempt within an overlap that is over', async () => {
    await change('POST', '/rotate-secret', { overlap_seconds: 60 });
    const { id, received } = await tested();
    expect(String(received.headers['webhook-signature']).split(' ')).toHaveLength(2);
    movedMs = 61_000;
    await advanceClock(api.db, movedMs);
    const { request } = await detailOf(id);
    expect(Object.entries(request.headers)).toEqual(headersOf(received));
    expect(request.as_sent).toBe(true);
    const { received: later } = await tested();
    expect(String(later.headers['webhook-signature']).split(' ')).toHaveLength(1);
  });

  test('has neither body nor headers when the event is past retention', async () => {
    const { id } = await tested();
    await api.db.query(sql`delete from events where id = (select event_id from deliveries where id = ${id})`);
    const { event, request, attempts } = await detailOf(id);
    expect(event.event_data).toBeNull();
    expect(request).toEqual({
      method: 'POST',
      url: `${receiver.url}/hook`,
      headers: null,
      body: null,
      as_sent: true,
    });
    expect(attempts).toHaveLength(1);
  });

  test('has no headers when the signing secret cannot be read', async () => {
    const { id } = await tested();
    await api.db.query(sql`update webhooks set sealed_secret = 'damaged' where id = ${webhook.id}`);
    const { request } = await detailOf(id);
    expect([request.headers, typeof request.body]).toEqual([null, 'string']);
  });

  test('refuses ids that are none, and finds nothing of others', async () => {
    const { id } = await tested();
    const other = await api.member('user');
    const mine = await api.call('POST', '/v3/webhooks', { key: user.key, body: webhookBody });
    for (const [path, key, status, message] of [
      [`/v3/webhooks/1/events/${id}`, user.key, 400, 'Invalid webhook ID format.'],
      [`${webhook.url}/events/1`, user.key, 400, 'Invalid event ID format.'],
      [`/v3/webhooks/1/events/1`, user.key, 400, 'Invalid webhook ID format.'],
      [`/v3/webhooks/${absentId}/events/${id}`, user.key, 404, 'Webhook not found'],
      [`${webhook.url}/events/${id}`, other.key, 404, 'Webhook not found'],
      [`${webhook.url}/events/${absentId}`, user.key, 404, 'Event not found'],
      [`/v3/webhooks/${mine.json.data.id}/events/${id}`, user.key, 404, 'Event not found'],
    ] as const) {
      const answer = await api.call('GET', path, { key });
      expect([path, answer.status, answer.json.error.message]).toEqual([path, status, message]);
    }
    await api.call('DELETE', `/v3/webhooks/${mine.json.data.id}`, { key: user.key });
    const capital = `/v3/webhooks/${webhook.id.toUpperCase()}/events/${id.toUpperCase()}`;
    expect((await api.call('GET', capital, { key: user.key })).json.data).toEqual(await detailOf(id));
  });
});

test('the answer to a test names its item of the log, also when it is replayed, and not when it is simulated', async () => {
  const send = (body: object) =>
    api.call('POST', `${webhook.url}/test`, {
      key: user.key,
      headers: { 'idempotency-key': 'tested' },
      body: { event_type: 'message.sent', ...body },
    });
  const first = await send({});
  const again = await send({});
  const id = String(first.headers['x-webhook-event-id']);
  expect(receiver.requests.at(-1)?.headers['x-webhook-event-id']).toBe(id);
  expect(Object.keys(first.json.data)).toEqual(['success', 'message']);
  expect([again.headers['x-webhook-event-id'], again.headers['idempotent-replayed']]).toEqual([id, 'true']);
  const simulated = await api.call('POST', `${webhook.url}/test`, {
    key: user.key,
    body: { event_type: 'message.sent', sandbox: true },
  });
  expect(simulated.headers['x-webhook-event-id']).toBeUndefined();
  expect(await logItem(id)).toMatchObject({ id, delivery_status: 'delivered' });
});
