import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deleteEventType } from '../../src/storage/event-types.ts';
import { eventually } from '../support/eventually.ts';
import { type ApiAnswer, type Member, platformKey, startApi, type TestApi } from './harness.ts';
import { webhookBody } from './webhook-body.ts';

interface Item {
  readonly name: string;
  readonly event_type: string | null;
  readonly sub_types: readonly Item[] | null;
}

const starting = {
  message: 'queued routed sent delivered read failed received filtered blocked scheduled',
  templates: '',
  contact: 'opt_in opt_out help',
  channel: 'submitted activated rejected',
  call: 'initiated answered completed failed recording_ready',
  link: 'clicked downloaded expired revoked',
};

let api: TestApi;
let user: Member;

beforeAll(async () => {
  api = await startApi();
  user = await api.member('user');
});
afterAll(() => api.close());

const platform = (method: 'GET' | 'PUT' | 'DELETE', name: string, body?: unknown) =>
  api.call(method, `/platform/v1/event-types${name}`, {
    key: platformKey,
    ...(body === undefined ? {} : { body }),
  });

describe('GET /v3/webhooks/event-types', () => {
  test('lists first the dotted types, then each parent with its own', async () => {
    const { status, json } = await api.call('GET', '/v3/webhooks/event-types', { key: user.key });
    expect(status).toBe(200);
    const items: Item[] = json.data.event_types;
    for (const item of items) {
      expect(Object.keys(item)).toEqual([
        'name',
        'display_name',
        'description',
        'is_active',
        'event_type',
        'sub_types',
      ]);
    }
    const dotted = items.filter(({ name }) => name.includes('.'));
    const parents = items.slice(dotted.length);
    expect(dotted).toHaveLength(25);
    expect(parents.map(({ name }) => name)).toEqual(Object.keys(starting));
    for (const { sub_types } of dotted) expect(sub_types).toBeNull();
    for (const { name, sub_types } of parents) {
      const suffixes = starting[name as keyof typeof starting].split(' ').filter(Boolean);
      expect(sub_types).toEqual(dotted.filter(({ event_type }) => event_type === name));
      expect(sub_types?.map((item) => item.name)).toEqual(suffixes.map((suffix) => `${name}.${suffix}`));
    }
  });
});

describe('the catalogue of the platform', () => {
  test('is listed and read one by one', async () => {
    const { status, json } = await platform('GET', '');
    expect(status).toBe(200);
    expect(json.data.event_types).toHaveLength(31);
    const one = await platform('GET', '/message.delivered');
    expect(one.json.data).toMatchObject({ name: 'message.delivered', parent: 'message', schema: null });
    expect(Object.keys(one.json.data)).toEqual([
      'name',
      'parent',
      'display_name',
      'description',
      'is_active',
      'schema',
    ]);
  });

  test('takes new types, which can be subscribed to and published at once', async () => {
    expect((await platform('PUT', '/invoice', {})).status).toBe(201);
    const created = await platform('PUT', '/invoice.paid', { description: 'An invoice was paid' });
    expect(created.status).toBe(201);
    expect(created.json.data).toMatchObject({
      parent: 'invoice',
      display_name: 'Invoice paid',
      is_active: true,
    });

    const webhook = { ...webhookBody, event_types: ['invoice'], event_filters: { invoice: ['paid'] } };
    expect((await api.call('POST', '/v3/webhooks', { key: user.key, body: webhook })).status).toBe(201);
    const event = { account_id: user.account.id, event: 'invoice.paid', payload: {} };
    const published = await api.call('POST', '/platform/v1/events', { key: platformKey, body: event });
    expect(published.json.data.events[0].deliveries).toBe(1);
  });

  test('replaces a type with 200, and an inactive one cannot be published', async () => {
    expect((await platform('PUT', '/shipment', {})).status).toBe(201);
    const replaced = await platform('PUT', '/shipment', { is_active: false, display_name: 'Shipment' });
    expect([replaced.status, replaced.json.data.is_active]).toEqual([200, false]);
    const event = { account_id: user.account.id, event: 'shipment', payload: {} };
    const { status, json } = await api.call('POST', '/platform/v1/events', { key: platformKey, body: event });
    expect(status).toBe(400);
    expect(json.error.details.event[0]).toContain('not active');
  });

  test('keeps a JSON Schema as it was given, and holds payloads against it', async () => {
    const schema = {
      type: 'object',
      required: ['amount'],
      properties: { amount: { type: 'number' } },
    };
    const stored = await platform('PUT', '/payment', { schema });
    expect(JSON.stringify(stored.json.data.schema)).toBe(JSON.stringify(schema));
    const publish = (payload: unknown) =>
      api.call('POST', '/platform/v1/events', {
        key: platformKey,
        body: { account_id: user.account.id, event: 'payment', payload },
      });
    expect((await publish({ amount: 1 })).status).toBe(202);
    const { status, json } = await publish({ amount: 'one' });
    expect(status).toBe(400);
    expect(json.error.details.payload[0]).toContain('amount');
  });

  test.each([
    ['/Invoice', {}, 'name'],
    ['/messages.extra', {}, 'name'],
    ['/absent.child', {}, 'name'],
    ['/valid', { schema: { type: 'nonsense' } }, 'schema'],
    ['/valid', { is_active: 'yes' }, 'is_active'],
    ['/valid', [], 'body'],
  ])('refuses %s %j in its field %s', async (name, body, field) => {
    const { status, json } = await platform('PUT', name, body);
    expect(status).toBe(400);
    expect(Object.keys(json.error.details)).toEqual([field]);
  });

  test('a child whose parent is being deleted is told so, and not to try again', async () => {
    await api.call('PUT', '/platform/v1/event-types/passing', { key: platformKey });
    let putting: Promise<ApiAnswer> | undefined;
    await api.db.transaction(async (transaction) => {
      await deleteEventType(transaction, 'passing');
      putting = api.call('PUT', '/platform/v1/event-types/passing.child', { key: platformKey });
      await eventually(
        () =>
          api.db.query(sql`
          select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`),
        (waiting) => waiting.length > 0,
      );
    });
    const answer = await putting;
    expect(answer?.status).toBe(400);
    expect(answer?.json.error.message).toBe('The parent passing does not exist; create it first');
  });

  test('forgets a parent together with its children', async () => {
    await platform('PUT', '/order', {});
    await platform('PUT', '/order.placed', {});
    expect((await platform('DELETE', '/order')).status).toBe(204);
    for (const name of ['/order', '/order.placed']) {
      const { status, json } = await platform('GET', name);
      expect([status, json.error.message]).toEqual([404, 'Event type not found']);
      expect((await platform('DELETE', name)).status).toBe(404);
    }
  });

  test('a name that cannot be one is not found', async () => {
    expect((await platform('GET', '/%00')).status).toBe(404);
    expect((await platform('DELETE', '/%F0%9F%93%AF')).status).toBe(404);
  });
});
