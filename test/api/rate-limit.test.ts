import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { advanceClock } from '../support/database.ts';
import { type ApiAnswer, type Member, startApi, type TestApi } from './harness.ts';
import { absentId } from './webhook-body.ts';

let api: TestApi;
let user: Member;

beforeAll(async () => {
  api = await startApi({ config: { rateLimits: { standard: 200, rotate: 10, test: 60 } } });
});
afterAll(() => api.close());

const list = (key: string, headers: Record<string, string> = {}) =>
  api.call('GET', '/v3/webhooks', { key, headers });
const act = (action: string, key: string) =>
  api.call('POST', `/v3/webhooks/${absentId}/${action}`, { key, body: { event_type: 'message' } });

async function untilRefused(send: () => Promise<ApiAnswer>): Promise<{ served: number; refused: ApiAnswer }> {
  for (let served = 0; served < 1000; served++) {
    const answer = await send();
    if (answer.status === 429) return { served, refused: answer };
  }
  throw new Error('no request was refused');
}

describe('the standard limit', () => {
  test('allows a burst of 50 and then answers 429 with Retry-After', async () => {
    user = await api.member('user');
    const { served, refused } = await untilRefused(() => list(user.key));
    // What refills while the burst is being spent is served too.
    expect(served).toBeGreaterThanOrEqual(50);
    expect(served).toBeLessThan(80);
    expect(refused.json.error.code).toBe('BUSINESS_002');
    expect(refused.json.error.message).toMatch(/^Rate limit exceeded/);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(refused.headers['x-ratelimit-limit']).toBe('200');
    expect(refused.headers['x-ratelimit-remaining']).toBe('0');
  });

  test('is full again after a while', async () => {
    await advanceClock(api.db, 60_000);
    const { status, headers } = await list(user.key);
    expect(status).toBe(200);
    expect(headers['x-ratelimit-remaining']).toBe('49');
  });

  test('is one for an organization and the profiles it acts as, and none of the profile itself', async () => {
    const organization = await api.member('organization');
    const profile = await api.member('profile', organization.account.id);
    await untilRefused(() => list(organization.key, { 'x-profile-id': profile.account.id }));
    // Nothing but what has refilled meanwhile.
    expect((await untilRefused(() => list(organization.key))).served).toBeLessThan(25);
    expect((await list(profile.key)).status).toBe(200);
  });

  test('is shown untouched before the caller is known', async () => {
    const { headers } = await list('ph_unknown');
    expect(headers['x-ratelimit-limit']).toBe('200');
    expect(headers['x-ratelimit-remaining']).toBe('50');
  });

  test('refuses before the idempotency key and the id are looked at', async () => {
    const spender = await api.member('user');
    await untilRefused(() => list(spender.key));
    const answer = await api.call('PUT', '/v3/webhooks/nonsense', {
      key: spender.key,
      headers: { 'idempotency-key': '!' },
      body: '{',
    });
    expect(answer.status).toBe(429);
  });
});

describe('rotate-secret and test', () => {
  test('have limits of their own and leave the standard one alone', async () => {
    const owner = await api.member('user');
    const rotated = await untilRefused(() => act('rotate-secret', owner.key));
    expect(rotated.served).toBe(5);
    expect(rotated.refused.headers['x-ratelimit-limit']).toBe('10');
    const tested = await act('test', owner.key);
    expect(tested.headers['x-ratelimit-limit']).toBe('60');
    expect(tested.headers['x-ratelimit-remaining']).toBe('59');
    expect((await list(owner.key)).headers['x-ratelimit-remaining']).toBe('49');
  });
});

test('a limit of 0 is none, and shows no headers', async () => {
  const free = await startApi({ config: { rateLimits: { standard: 0, rotate: 10, test: 0 } } });
  const { key } = await free.member('user');
  for (let count = 0; count < 60; count++) {
    const { status, headers } = await free.call('GET', '/v3/webhooks', { key });
    expect([status, headers['x-ratelimit-limit']]).toEqual([200, undefined]);
  }
  await free.close();
});
