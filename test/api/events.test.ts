import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { putEventType } from '../../src/storage/event-types.ts';
import { attemptAll, postponed } from '../support/deliveries.ts';
import { type Member, platformKey, startApi, type TestApi } from './harness.ts';
import { absentId, webhookBody } from './webhook-body.ts';

let api: TestApi;
let user: Member;
let webhookId: string;

beforeAll(async () => {
  api = await startApi();
  user = await api.member('user');
  const { json } = await api.call('POST', '/v3/webhooks', { key: user.key, body: webhookBody });
  webhookId = json.data.id;
});
afterAll(() => api.close());

const publish = (body: unknown) => api.call('POST', '/platform/v1/events', { key: platformKey, body });
const anEvent = (change: object = {}) => ({
  account_id: user.account.id,
  event: 'message.delivered',
  payload: { message_id: 'm1' },
  ...change,
});
const read = (id: string) => api.call('GET', `/platform/v1/events/${id}`, { key: platformKey });

describe('POST /platform/v1/events', () => {
  test('answers 202 with the id and how many deliveries it made', async () => {
    const { status, json } = await publish(anEvent());
    expect(status).toBe(202);
    expect(Object.keys(json.data)).toEqual(['events']);
    expect(Object.keys(json.data.events[0])).toEqual(['id', 'deliveries', 'duplicate']);
    expect(json.data.events).toEqual([
      { id: expect.stringMatching(/^[0-9a-f-]{36}$/), deliveries: 1, duplicate: false },
    ]);
  });

  test('stores an event that matches no webhook', async () => {
    const { json } = await publish(anEvent({ event: 'call.failed' }));
    const [{ id, deliveries }] = json.data.events;
    expect(deliveries).toBe(0);
    expect((await read(id)).status).toBe(200);
  });

  test('answers a batch in the order sent', async () => {
    const other = await api.member('user');
    const { status, json } = await publish({
      events: [anEvent(), anEvent({ account_id: other.account.id }), anEvent({ event: 'templates' })],
    });
    expect(status).toBe(202);
    expect(json.data.events.map((event: { deliveries: number }) => event.deliveries)).toEqual([1, 0, 1]);
  });

  test("acknowledges a repeated id with the first event's id, within a batch too", async () => {
    const first = await publish(anEvent({ id: 'order-1:paid' }));
    const [{ id }] = first.json.data.events;
    const second = await publish({ events: [anEvent({ id: 'order-1:paid' }), anEvent({ id: 'order-2' })] });
    expect(second.status).toBe(202);
    expect(second.json.data.events[0]).toMatchObject({ id, duplicate: true });
    expect(second.json.data.events[1]).toMatchObject({ duplicate: false, deliveries: 1 });
    const other = await api.member('user');
    const theirs = await publish(anEvent({ id: 'order-1:paid', account_id: other.account.id }));
    expect(theirs.json.data.events[0].duplicate).toBe(false);
  });

  test('knows a type at once that another process has just added', async () => {
    expect((await publish(anEvent())).status).toBe(202);
    const type = { name: 'receipt', parent: null, displayName: 'Receipt', description: null };
    await putEventType(api.db, { ...type, isActive: true, schema: null });
    expect((await publish(anEvent({ event: 'receipt' }))).status).toBe(202);
  });

  test('takes field and sub_type, and the alias messages', async () => {
    const { event: _event, ...nameless } = anEvent();
    for (const name of [
      { field: 'messages', sub_type: 'message.read' },
      { field: 'message', sub_type: 'read' },
      { event: 'messages.read' },
    ]) {
      const { json } = await publish({ ...nameless, ...name });
      expect((await read(json.data.events[0].id)).json.data.event).toBe('message.read');
    }
  });

  test.each([
    [{ account_id: undefined }, 'account_id'],
    [{ account_id: 'me' }, 'account_id'],
    [{ account_id: absentId }, 'account_id'],
    [{ event: undefined }, 'event'],
    [{ event: 'message.exploded' }, 'event'],
    [{ payload: undefined }, 'payload'],
    [{ payload: [] }, 'payload'],
    [{ id: 'a b' }, 'id'],
    [{ id: '' }, 'id'],
    [{ timestamp: 'yesterday' }, 'timestamp'],
    [{ request_id: 1 }, 'request_id'],
  ])('refuses %j in its field', async (change, field) => {
    const { status, json } = await publish(anEvent(change));
    expect([status, json.error.code]).toEqual([400, 'VALIDATION_001']);
    expect(Object.keys(json.error.details)).toEqual([field]);
  });

  test('refuses a whole batch for one bad item and stores nothing of it', async () => {
    const id = 'not-stored';
    const { status, json } = await publish({
      events: [anEvent({ id }), anEvent(), anEvent(), anEvent({ event: 'nonsense', payload: 1 })],
    });
    expect(status).toBe(400);
    expect(Object.keys(json.error.details)).toEqual(['events[3].event', 'events[3].payload']);
    const unknown = await publish({ events: [anEvent({ id }), anEvent({ account_id: absentId })] });
    expect(unknown.json.error.details).toEqual({ 'events[1].account_id': ['Account not found'] });
    expect((await publish(anEvent({ id }))).json.data.events[0].duplicate).toBe(false);
  });

  test('takes 1 to 1000 events', async () => {
    const { account } = await api.member('user');
    const small = anEvent({ account_id: account.id, payload: {} });
    const batch = (count: number) => ({ events: Array.from({ length: count }, () => small) });
    expect((await publish(batch(1000))).json.data.events).toHaveLength(1000);
    for (const count of [0, 1001]) expect((await publish(batch(count))).status).toBe(400);
  });

  test('refuses an event over 256 KiB and a batch over 5 MiB with 413', async () => {
    const large = (bytes: number) => {
      const event = JSON.stringify(anEvent({ payload: { text: '' } }));
      return event.replace('"text":""', `"text":"${'x'.repeat(bytes - event.length)}"`);
    };
    expect((await publish(large(256 * 1024))).status).toBe(202);
    const single = await publish(large(256 * 1024 + 1));
    expect([single.status, single.json.error.code]).toEqual([413, 'VALIDATION_001']);
    const inBatch = await publish(`{"events":[${JSON.stringify(anEvent())},${large(256 * 1024 + 1)}]}`);
    expect([inBatch.status, Object.keys(inBatch.json.error.details)]).toEqual([413, ['events[1]']]);
    const items = Array.from({ length: 21 }, () => large(256 * 1024)).join(',');
    expect((await publish(`{"events":[${items}]}`)).status).toBe(413);
  });

  test('refuses a body that is no JSON, no object or absent', async () => {
    for (const body of ['{', '[]', 'null']) expect((await publish(body)).status).toBe(400);
    expect((await api.call('POST', '/platform/v1/events', { key: platformKey })).status).toBe(400);
  });
});

describe('GET /platform/v1/events/{id}', () => {
  test('answers the event with its payload as it was written, and its deliveries', async () => {
    const payload = '{ "z": 1.10, "a": 12345678901234567890, "payload": {"x": "\\u00e9"} }';
    const { json } = await publish(
      `{"account_id":"${user.account.id}","event":"message.sent","id":"raw","timestamp":"2026-01-15T10:35:00Z",` +
        `"request_id":"r-1","payload":${payload}}`,
    );
    const [{ id }] = json.data.events;
    const { status, text, json: event } = await read(id);
    expect(status).toBe(200);
    expect(text).toContain(`"payload":${payload}`);
    expect(event.data).toMatchObject({
      id,
      account_id: user.account.id,
      event: 'message.sent',
      producer_id: 'raw',
      timestamp: '2026-01-15T10:35:00+00:00',
      request_id: 'r-1',
    });
    expect(event.data.deliveries).toHaveLength(1);
    expect(event.data.deliveries[0]).toMatchObject({
      webhook_id: webhookId,
      status: 'pending',
      completed_at: null,
      attempts: [],
    });
  });

  test('shows every attempt, and the outcome', async () => {
    const owner = await api.member('user');
    await api.call('POST', '/v3/webhooks', { key: owner.key, body: webhookBody });
    const { json } = await publish(anEvent({ account_id: owner.account.id }));
    const [{ id }] = json.data.events;
    await attemptAll(api.db, { ...postponed, retryInMs: 0 });
    const [retrying] = (await read(id)).json.data.deliveries;
    expect(retrying).toMatchObject({ status: 'retrying', completed_at: null });
    expect(retrying.next_attempt_at).not.toBeNull();

    await attemptAll(api.db, { responseBody: 'ok' });
    const [delivered] = (await read(id)).json.data.deliveries;
    expect(delivered).toMatchObject({ status: 'delivered', next_attempt_at: null });
    expect(delivered.completed_at).not.toBeNull();
    expect(delivered.attempts).toEqual([
      {
        number: 1,
        started_at: expect.stringMatching(/\+00:00$/),
        duration_ms: 12,
        http_status_code: 500,
        response_body: 'no',
        error_message: 'The endpoint answered 500',
      },
      {
        number: 2,
        started_at: expect.stringMatching(/\+00:00$/),
        duration_ms: 12,
        http_status_code: 200,
        response_body: 'ok',
        error_message: null,
      },
    ]);
  });

  test('answers 404 when unknown and 400 when the id is none', async () => {
    const absent = await read(absentId);
    expect([absent.status, absent.json.error.message]).toEqual([404, 'Event not found']);
    expect((await read('nonsense')).status).toBe(400);
  });
});
