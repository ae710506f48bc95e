import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiKeyPrefix, hashApiKey, newApiKey } from '../../src/domain/api-key.ts';
import { newId } from '../../src/domain/identifier.ts';
import { updateAccount } from '../../src/storage/accounts.ts';
import { deleteApiKey, insertApiKey, listApiKeys } from '../../src/storage/api-keys.ts';
import { type ApiAnswer, type Member, platformKey, startApi, type TestApi } from './harness.ts';
import { absentId, webhookBody } from './webhook-body.ts';

let api: TestApi;
let organization: Member;
let profile: Member;
let user: Member;

beforeAll(async () => {
  api = await startApi();
  organization = await api.member('organization');
  profile = await api.member('profile', organization.account.id);
  user = await api.member('user');
});
afterAll(() => api.close());

const list = (key: string | null, headers: Record<string, string> = {}) =>
  api.call('GET', '/v3/webhooks', { key, headers });

function expectRefusal({ status, json }: ApiAnswer, expected: [number, string, string]): void {
  expect([status, json.error.code, json.error.message]).toEqual(expected);
  expect(json.error.details).toBeNull();
}

const notAuthenticated: [number, string, string] = [401, 'AUTH_001', 'User is not authenticated'];
const invalidKey: [number, string, string] = [401, 'AUTH_002', 'Invalid or expired API key'];
const forbidden: [number, string, string] = [403, 'AUTH_004', 'Insufficient permissions for this operation'];

describe('the API key', () => {
  test('is required, and neither a bearer token nor a query parameter stands for it', async () => {
    expectRefusal(await list(null), notAuthenticated);
    expectRefusal(await list(null, { 'x-api-key': '  ' }), notAuthenticated);
    expectRefusal(await list(null, { authorization: `Bearer ${user.key}` }), notAuthenticated);
    const inQuery = await api.call('GET', `/v3/webhooks?x-api-key=${user.key}`);
    expectRefusal(inQuery, notAuthenticated);
  });

  test('is refused when it is unknown, revoked or expired', async () => {
    expectRefusal(await list('ph_unknown'), invalidKey);

    const leaver = await api.member('user');
    const [apiKey] = await listApiKeys(api.db, leaver.account.id);
    expect((await list(leaver.key)).status).toBe(200);
    await deleteApiKey(api.db, leaver.account.id, apiKey?.id ?? '');
    expectRefusal(await list(leaver.key), invalidKey);

    const key = newApiKey(randomBytes(32));
    const expiresAt = new Date(Date.now() - 1000);
    const stored = { id: newId(Date.now()), name: null, prefix: apiKeyPrefix(key), keyHash: hashApiKey(key) };
    await insertApiKey(api.db, user.account.id, { ...stored, expiresAt });
    expectRefusal(await list(key), invalidKey);
  });

  test('of a suspended account opens nothing', async () => {
    const suspended = await api.member('user');
    await updateAccount(api.db, suspended.account.id, { status: 'suspended' });
    expectRefusal(await list(suspended.key), forbidden);
  });

  test('of the platform opens nothing below /v3, and that of an account nothing of the platform', async () => {
    expectRefusal(await list(platformKey), forbidden);
    const accounts = '/platform/v1/accounts';
    expectRefusal(await api.call('GET', accounts, { key: user.key }), forbidden);
    expectRefusal(await api.call('GET', accounts, { key: 'php_unknown' }), invalidKey);
    expectRefusal(await api.call('GET', accounts), notAuthenticated);
    expect((await api.call('GET', accounts, { key: platformKey })).status).toBe(200);
  });
});

describe('x-profile-id', () => {
  test('lets an organization read and write as its profile', async () => {
    const scoped = { 'x-profile-id': profile.account.id };
    const created = await api.call('POST', '/v3/webhooks', {
      key: organization.key,
      headers: scoped,
      body: webhookBody,
    });
    expect(created.json.data.customer_id).toBe(profile.account.id);
    expect(created.headers['x-profile-id']).toBe(profile.account.id);
    const url = `/v3/webhooks/${created.json.data.id}`;
    expect((await api.call('GET', url, { key: profile.key })).status).toBe(200);
    expect((await api.call('GET', url, { key: organization.key })).status).toBe(404);
    expect((await api.call('GET', url, { key: organization.key, headers: scoped })).status).toBe(200);
  });

  test('means absent when it is empty or blank', async () => {
    for (const value of ['', '  ']) {
      const answer = await list(organization.key, { 'x-profile-id': value });
      expect(answer.status).toBe(200);
      expect(answer.headers['x-profile-id']).toBeUndefined();
    }
  });

  test('is refused with the key of a profile or a user, even for its own id', async () => {
    expectRefusal(await list(profile.key, { 'x-profile-id': profile.account.id }), forbidden);
    expectRefusal(await list(user.key, { 'x-profile-id': 'nonsense' }), forbidden);
  });

  test('must be a UUID and one of the organization', async () => {
    const stranger = await api.member('profile', (await api.member('organization')).account.id);
    const invalid: [number, string, string] = [400, 'VALIDATION_003', 'Invalid GUID format'];
    const notFound: [number, string, string] = [404, 'RESOURCE_004', 'Customer not found'];
    expectRefusal(await list(organization.key, { 'x-profile-id': 'nonsense' }), invalid);
    for (const id of [absentId, stranger.account.id, user.account.id, organization.account.id]) {
      expectRefusal(await list(organization.key, { 'x-profile-id': id }), notFound);
    }
  });
});

describe('the order of checks', () => {
  test('is authentication, profile, idempotency key, id, body, existence', async () => {
    const request = { method: 'PUT' as const, url: '/v3/webhooks/nonsense' };
    const broken = { 'x-profile-id': 'nonsense', 'idempotency-key': '!' };
    const put = (url: string, key: string | null, headers: Record<string, string>, body: unknown) =>
      api.call(request.method, url, { key, headers, body });

    expectRefusal(await put(request.url, null, broken, '{'), notAuthenticated);
    const profileRefused = await put(request.url, organization.key, broken, '{');
    expect(profileRefused.json.error.code).toBe('VALIDATION_003');
    const keyRefused = await put(request.url, organization.key, { 'idempotency-key': '!' }, '{');
    expect(keyRefused.json.error.code).toBe('VALIDATION_007');
    const idRefused = await put(request.url, organization.key, {}, '{');
    expect(idRefused.json.error.message).toBe('Invalid webhook ID format.');
    const jsonRefused = await put(`/v3/webhooks/${absentId}`, organization.key, {}, '{');
    expect(jsonRefused.json.error.message).toBe('The request body is not valid JSON');
    const bodyRefused = await put(`/v3/webhooks/${absentId}`, organization.key, {}, {});
    expect(bodyRefused.json.error.message).toBe('Display name is required');
    const absent = await put(`/v3/webhooks/${absentId}`, organization.key, {}, webhookBody);
    expect(absent.json.error.code).toBe('RESOURCE_008');
  });
});
