import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attemptAll, givenUp, postponed } from '../support/deliveries.ts';
import { type Member, platformKey, startApi, type TestApi } from './harness.ts';
import { absentId, webhookBody } from './webhook-body.ts';

let api: TestApi;
let organization: Member;
let user: Member;
let orders: string;
let invoices: string;

beforeAll(async () => {
  api = await startApi();
  user = await api.member('user');
  organization = await api.member('organization');
  orders = await aWebhook(user, ['message']);
  invoices = await aWebhook(user, ['templates']);
  // Each kind of event reaches one webhook.
  await publish(user, 'message.sent', 3);
  await attemptAll(api.db, { durationMs: 20 });
  await publish(user, 'templates', 1);
  await attemptAll(api.db, { ...givenUp, durationMs: 700 });
  await publish(user, 'message.read', 1);
  await attemptAll(api.db, postponed);
  await publish(user, 'message.sent', 2);
});
afterAll(() => api.close());

async function aWebhook({ key }: Member, eventTypes: readonly string[]): Promise<string> {
  const body = { ...webhookBody, event_types: eventTypes };
  return (await api.call('POST', '/v3/webhooks', { key, body })).json.data.id;
}

async function publish({ account }: Member, event: string, times: number): Promise<void> {
  const events = Array.from({ length: times }, () => ({ account_id: account.id, event, payload: {} }));
  await api.call('POST', '/platform/v1/events', { key: platformKey, body: { events } });
}

const ask = (query = '', { key } = user) => api.call('GET', `/v3/stats${query}`, { key });

describe('GET /v3/stats', () => {
  test('tells what became of deliveries, how long they took, and what waits, with the keys in their order', async () => {
    const { status, json } = await ask();
    expect(status).toBe(200);
    expect(Object.keys(json.data)).toEqual([
      'range',
      'from',
      'to',
      'bucket_seconds',
      'totals',
      'series',
      'backlog',
    ]);
    expect(json.data).toMatchObject({
      range: '24h',
      bucket_seconds: 1800,
      totals: { delivered: 3, failed: 1, success_rate: 0.75, latency_ms: { p50: 20, p95: 900, p99: 980 } },
      backlog: { pending: 2, retrying: 1 },
    });
  });

  test('has every bucket, also those in which nothing was finished, up to now', async () => {
    const { range, from, to, bucket_seconds: seconds, series } = (await ask()).json.data;
    expect([range, series.length]).toEqual(['24h', 48]);
    expect(series[0].starts_at).toBe(from);
    const starts = series.map((bucket: { starts_at: string }) => Date.parse(bucket.starts_at));
    expect(starts).toEqual(starts.map((_start: number, index: number) => starts[0] + index * seconds * 1000));
    expect(Date.parse(to)).toBeGreaterThanOrEqual(starts.at(-1));
    expect(Date.parse(to)).toBeLessThan(starts.at(-1) + seconds * 1000);
    expect(series[0]).toEqual({ starts_at: from, delivered: 0, failed: 0, latency_ms: null });
    const busy = series.filter(({ delivered, failed }: Record<string, number>) => delivered || failed);
    expect(busy).toMatchObject([{ delivered: 3, failed: 1, latency_ms: { p50: 20 } }]);
  });

  test.each([
    ['1h', 12, 300],
    ['24h', 48, 1800],
    ['7d', 28, 21_600],
    ['30d', 30, 86_400],
  ])('of %s has %i buckets of %i seconds', async (range, buckets, seconds) => {
    const { data } = (await ask(`?range=${range}`)).json;
    expect([data.range, data.series.length, data.bucket_seconds]).toEqual([range, buckets, seconds]);
    expect(data.totals).toMatchObject({ delivered: 3, failed: 1 });
  });

  test('says since when the oldest unfinished delivery waits', async () => {
    const { events } = (await api.call('GET', `/v3/webhooks/${orders}/events`, { key: user.key })).json.data;
    const unfinished = events.filter(({ delivery_status: status }: { delivery_status: string }) =>
      ['pending', 'retrying'].includes(status),
    );
    expect(unfinished).toHaveLength(3);
    expect((await ask()).json.data.backlog.oldest_pending_at).toBe(unfinished.at(-1).created_at);
  });

  test('can be had of one webhook', async () => {
    const ofOrders = (await ask(`?webhook_id=${orders}`)).json.data;
    expect(ofOrders.totals).toMatchObject({ delivered: 3, failed: 0, success_rate: 1 });
    expect(ofOrders.backlog).toMatchObject({ pending: 2, retrying: 1 });
    const ofInvoices = (await ask(`?webhook_id=${invoices.toUpperCase()}`)).json.data;
    expect(ofInvoices.totals).toMatchObject({ delivered: 0, failed: 1, success_rate: 0 });
    expect(ofInvoices.backlog).toEqual({ pending: 0, retrying: 0, oldest_pending_at: null });
  });

  test('of another account does not exist, like what nobody has', async () => {
    const nobodys = await ask(`?webhook_id=${absentId}`, organization);
    expect([nobodys.status, nobodys.json.error]).toEqual([
      404,
      expect.objectContaining({ code: 'RESOURCE_008', message: 'Webhook not found' }),
    ]);
    const foreign = await ask(`?webhook_id=${orders}`, organization);
    expect({ ...foreign.json, meta: null }).toEqual({ ...nobodys.json, meta: null });
    expect(foreign.status).toBe(404);
  });

  test('of an account without deliveries is empty', async () => {
    const { totals, series, backlog } = (await ask('', organization)).json.data;
    expect(totals).toEqual({ delivered: 0, failed: 0, success_rate: null, latency_ms: null });
    expect(series).toHaveLength(48);
    expect(backlog).toEqual({ pending: 0, retrying: 0, oldest_pending_at: null });
  });

  test('is that of a profile when an organization acts as it', async () => {
    const profile = await api.member('profile', organization.account.id);
    await aWebhook(profile, ['contact']);
    await publish(profile, 'contact.opt_in', 2);
    const asProfile = { key: organization.key, headers: { 'x-profile-id': profile.account.id } };
    const { backlog } = (await api.call('GET', '/v3/stats', asProfile)).json.data;
    expect(backlog.pending).toBe(2);
    expect((await ask('', organization)).json.data.backlog.pending).toBe(0);
  });

  test.each([
    ['range=2h', 'Range must be one of 1h, 24h, 7d, 30d'],
    ['webhook_id=1', 'Webhook ID must be a UUID'],
  ])('refuses ?%s', async (query, message) => {
    const { status, json } = await ask(`?${query}`);
    expect([status, json.error]).toEqual([
      400,
      expect.objectContaining({ code: 'VALIDATION_001', message, details: null }),
    ]);
  });
});

describe('GET /platform/v1/stats', () => {
  const asPlatform = (query = '') => api.call('GET', `/platform/v1/stats${query}`, { key: platformKey });

  test('tells the same of all accounts, and how much there is', async () => {
    const others = await api.member('user');
    const hook = await aWebhook(others, ['call']);
    await aWebhook(others, ['call']);
    await publish(others, 'call.failed', 1);
    const body = { is_active: false };
    await api.call('PATCH', `/v3/webhooks/${hook}/toggle-status`, { key: others.key, body });
    const { status, json } = await asPlatform('?range=7d');
    expect([status, Object.keys(json.data)]).toEqual([
      200,
      ['accounts', 'webhooks', 'range', 'from', 'to', 'bucket_seconds', 'totals', 'series', 'backlog'],
    ]);
    expect(json.data).toMatchObject({
      range: '7d',
      accounts: 4,
      webhooks: { active: 4, disabled: 1 },
      totals: { delivered: 3, failed: 1, success_rate: 0.75 },
      backlog: { pending: 6, retrying: 1 },
    });
    const { oldest_pending_at: oldest } = (await ask()).json.data.backlog;
    expect(json.data.backlog.oldest_pending_at).toBe(oldest);
  });

  test('is of 24 hours when nothing is asked', async () => {
    expect((await asPlatform()).json.data).toMatchObject({ range: '24h', bucket_seconds: 1800 });
  });

  test('opens to the platform only, and refuses another range', async () => {
    expect((await api.call('GET', '/platform/v1/stats', { key: user.key })).status).toBe(403);
    expect((await api.call('GET', '/v3/stats', { key: platformKey })).status).toBe(403);
    const { status, json } = await asPlatform('?range=1y');
    expect([status, json.error.details]).toEqual([400, { range: ['Range must be one of 1h, 24h, 7d, 30d'] }]);
  });
});
