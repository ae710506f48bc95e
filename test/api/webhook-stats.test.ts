import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attemptAll, givenUp } from '../support/deliveries.ts';
import { type Member, platformKey, startApi, type TestApi } from './harness.ts';
import { absentId, webhookBody } from './webhook-body.ts';

let api: TestApi;
let user: Member;
const ids = new Map<string, string>();

beforeAll(async () => {
  api = await startApi();
  user = await api.member('user');
  // One failed once, one twice, one three times and was turned off; each gets the events of a family of its own.
  for (const [name, family] of [
    ['well', 'message'],
    ['ill', 'templates'],
    ['worse', 'contact'],
    ['off', 'channel'],
    ['idle', 'link'],
  ] as const) {
    const body = { ...webhookBody, display_name: `The ${name} one`, event_types: [family] };
    ids.set(name, (await api.call('POST', '/v3/webhooks', { key: user.key, body })).json.data.id);
  }
  await publish('message.sent', 2);
  await attemptAll(api.db, { durationMs: 40 });
  await publish('templates', 1);
  await publish('contact.help', 2);
  await publish('channel.submitted', 3);
  await attemptAll(api.db, givenUp);
  await publish('message.sent', 1);
  const off = `/v3/webhooks/${ids.get('off')}/toggle-status`;
  await api.call('PATCH', off, { key: user.key, body: { is_active: false } });
});
afterAll(() => api.close());

async function publish(event: string, times: number): Promise<void> {
  const events = Array.from({ length: times }, () => ({ account_id: user.account.id, event, payload: {} }));
  await api.call('POST', '/platform/v1/events', { key: platformKey, body: { events } });
}

const ask = (query = '', { key } = user) => api.call('GET', `/v3/stats/webhooks${query}`, { key });

interface Item {
  readonly webhook: { readonly id: string };
}

/** The webhooks of the answer, by what they are called here. */
async function namesOf(query: string): Promise<string[]> {
  const { webhooks } = (await ask(query)).json.data;
  const names = new Map([...ids].map(([name, id]) => [id, name]));
  return webhooks.map(({ webhook }: Item) => names.get(webhook.id));
}

describe('GET /v3/stats/webhooks', () => {
  test('lists webhooks, newest first, as they are listed everywhere', async () => {
    const { status, json } = await ask();
    const { webhooks } = (await api.call('GET', '/v3/webhooks', { key: user.key })).json.data;
    expect(status).toBe(200);
    expect(json.data.webhooks.map(({ webhook }: Item) => webhook)).toEqual(webhooks);
    expect(json.data.pagination).toMatchObject({ page: 1, total_count: 5, has_more: false });
  });

  test('tells how each fares, with the keys in their order', async () => {
    const { data } = (await ask('?range=1h')).json;
    expect(Object.keys(data)).toEqual(['range', 'from', 'to', 'bucket_seconds', 'webhooks', 'pagination']);
    const byId = new Map<string, Record<string, unknown>>(
      data.webhooks.map((item: Item) => [item.webhook.id, item]),
    );
    const well = byId.get(ids.get('well') ?? '') ?? {};
    expect(Object.keys(well)).toEqual([
      'webhook',
      'health',
      'disabled_reason',
      'delivered',
      'failed',
      'success_rate',
      'latency_ms',
      'latency_series',
      'failed_series',
      'pending',
    ]);
    expect(well).toMatchObject({
      health: 'active',
      disabled_reason: null,
      delivered: 2,
      failed: 0,
      success_rate: 1,
      latency_ms: { p50: 38, p95: 49, p99: 50 },
      pending: 1,
    });
    expect([well.latency_series, well.failed_series]).toMatchObject([{ length: 12 }, { length: 12 }]);
    expect(well.latency_series).toContain(38);
    expect(byId.get(ids.get('worse') ?? '')).toMatchObject({
      health: 'failing',
      delivered: 0,
      failed: 2,
      success_rate: 0,
    });
    expect(byId.get(ids.get('off') ?? '')).toMatchObject({
      health: 'disabled',
      disabled_reason: 'the webhook was deactivated',
      failed: 3,
    });
    expect(byId.get(ids.get('idle') ?? '')).toMatchObject({
      health: 'active',
      delivered: 0,
      failed: 0,
      success_rate: null,
      latency_ms: null,
      latency_series: Array(12).fill(null),
      failed_series: Array(12).fill(0),
      pending: 0,
    });
  });

  test('has what failed in each bucket', async () => {
    const { webhooks } = (await ask('?search=worse')).json.data;
    const [{ failed_series: series, webhook }] = webhooks;
    expect([webhook.id, series.length]).toEqual([ids.get('worse'), 48]);
    expect(series.reduce((sum: number, failed: number) => sum + failed, 0)).toBe(2);
  });

  test('puts first what is failing worst, then what is disabled', async () => {
    expect(await namesOf('?sort=failing')).toEqual(['worse', 'ill', 'off', 'idle', 'well']);
    expect(await namesOf('?sort=newest')).toEqual(['idle', 'off', 'worse', 'ill', 'well']);
  });

  test('finds by health, and by name or URL', async () => {
    expect(await namesOf('?health=failing')).toEqual(['worse', 'ill']);
    expect(await namesOf('?health=disabled')).toEqual(['off']);
    expect(await namesOf('?health=active')).toEqual(['idle', 'well']);
    expect(await namesOf('?search=THE%20I')).toEqual(['idle', 'ill']);
    expect(await namesOf('?search=the%20i&health=failing')).toEqual(['ill']);
    expect(await namesOf(`?search=${encodeURIComponent(webhookBody.endpoint_url)}`)).toHaveLength(5);
  });

  test('goes in pages, in the order asked for', async () => {
    expect(await namesOf('?sort=failing&page=2&page_size=2')).toEqual(['off', 'idle']);
    const { pagination } = (await ask('?sort=failing&page=2&page_size=2')).json.data;
    expect(pagination).toMatchObject({ page: 2, total_count: 5, total_pages: 3, has_more: true });
    expect(await namesOf('?page=9')).toEqual([]);
  });

  test('shows the webhooks of the caller only', async () => {
    const stranger = await api.member('user');
    const { data } = (await ask('', stranger)).json;
    expect([data.webhooks, data.pagination.total_count]).toEqual([[], 0]);
  });

  test.each([
    ['range=2h', 'Range must be one of 1h, 24h, 7d, 30d'],
    ['health=ill', 'Health must be one of active, failing, disabled'],
    ['sort=name', 'Sort must be one of newest, failing'],
    ['page_size=101', 'Page size must be between 1 and 100'],
  ])('refuses ?%s', async (query, message) => {
    const { status, json } = await ask(`?${query}`);
    expect([status, json.error.code, json.error.message]).toEqual([400, 'VALIDATION_001', message]);
  });
});

describe('GET /v3/stats/webhooks/{id}', () => {
  const askFor = (id: string, query = '', { key } = user) =>
    api.call('GET', `/v3/stats/webhooks/${id}${query}`, { key });

  test('tells of one webhook what the list tells of it', async () => {
    const listed = (await ask('?range=7d&sort=failing')).json.data.webhooks;
    const [worst] = listed;
    expect(worst.webhook.id).toBe(ids.get('worse'));
    const { status, json } = await askFor(ids.get('worse') ?? '', '?range=7d');
    expect([status, json.data]).toEqual([200, worst]);
    expect(json.data.latency_series).toHaveLength(28);
  });

  test('of another account does not exist, like what nobody has', async () => {
    const stranger = await api.member('user');
    const nobodys = await askFor(absentId, '', stranger);
    expect([nobodys.status, nobodys.json.error]).toEqual([
      404,
      expect.objectContaining({ code: 'RESOURCE_008', message: 'Webhook not found' }),
    ]);
    const foreign = await askFor(ids.get('well') ?? '', '', stranger);
    expect([foreign.status, { ...foreign.json, meta: null }]).toEqual([404, { ...nobodys.json, meta: null }]);
  });

  test.each([
    ['1', '', 'Invalid webhook ID format.'],
    [absentId, '?range=2h', 'Range must be one of 1h, 24h, 7d, 30d'],
  ])('refuses %s%s', async (id, query, message) => {
    const { status, json } = await askFor(id, query);
    expect([status, json.error.code, json.error.message]).toEqual([400, 'VALIDATION_001', message]);
  });
});
