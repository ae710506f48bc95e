import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashApiKey } from '../../src/domain/api-key.ts';
import { eventually } from '../support/eventually.ts';
import { platformKey, startApi, type TestApi } from './harness.ts';
import { absentId, webhookBody } from './webhook-body.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path = '', body?: unknown) =>
  api.call(method, `/platform/v1/accounts${path}`, {
    key: platformKey,
    ...(body === undefined ? {} : { body }),
  });
const createAccount = async (body: object) => (await call('POST', '', body)).json.data;

describe('accounts', () => {
  test('are created as organization, profile and user', async () => {
    const { status, json, headers } = await call('POST', '', { type: 'organization', name: 'Acme' });
    expect(status).toBe(201);
    expect(Object.keys(json.data)).toEqual([
      'id',
      'type',
      'organization_id',
      'name',
      'email',
      'status',
      'created_at',
      'updated_at',
    ]);
    expect(json.data).toMatchObject({
      type: 'organization',
      name: 'Acme',
      status: 'active',
      updated_at: null,
    });
    expect(headers['x-request-id']).toBe(json.meta.request_id);
    const profile = await createAccount({ type: 'profile', name: 'North', organization_id: json.data.id });
    expect(profile.organization_id).toBe(json.data.id);
    expect((await createAccount({ type: 'user', name: 'Solo', email: 'solo@example.com' })).email).toBe(
      'solo@example.com',
    );
  });

  test.each([
    [{}, ['type', 'name']],
    [{ type: 'team', name: 'x' }, ['type']],
    [{ type: 'profile', name: 'x' }, ['organization_id']],
    [{ type: 'user', name: 'x', organization_id: absentId }, ['organization_id']],
    [{ type: 'profile', name: 'x', organization_id: absentId }, ['organization_id']],
    ['[]', ['body']],
  ])('are refused as %j with details for %j', async (body, fields) => {
    const { status, json } = await call('POST', '', body);
    expect([status, json.error.code]).toEqual([400, 'VALIDATION_001']);
    expect(Object.keys(json.error.details)).toEqual(fields);
  });

  test('a profile cannot belong to a user', async () => {
    const { id } = await createAccount({ type: 'user', name: 'Solo' });
    const { json } = await call('POST', '', { type: 'profile', name: 'x', organization_id: id });
    expect(json.error.details).toEqual({ organization_id: ['Organization not found'] });
  });

  test('are listed newest first in pages', async () => {
    const { id } = await createAccount({ type: 'user', name: 'Newest' });
    const { json } = await call('GET', '?page_size=1');
    expect(json.data.accounts.map((account: { id: string }) => account.id)).toEqual([id]);
    expect(json.data.pagination).toMatchObject({ page: 1, page_size: 1, has_more: true });
    const refused = await call('GET', '?page_size=0');
    expect(refused.json.error.details).toEqual({ page_size: ['Page size must be between 1 and 100'] });
  });

  test('are found by a part of the name or by the id, by type, and by organization', async () => {
    const organization = await createAccount({ type: 'organization', name: 'Quagga & Sons' });
    const profile = await createAccount({
      type: 'profile',
      name: 'Quagga mail',
      organization_id: organization.id,
    });
    const idsOf = async (query: string) => {
      const { json } = await call('GET', query);
      return json.data.accounts.map((account: { id: string }) => account.id);
    };
    expect(await idsOf('?search=quagga')).toEqual([profile.id, organization.id]);
    expect(await idsOf(`?search=${organization.id}`)).toEqual([organization.id]);
    expect(await idsOf('?search=quagga&type=organization')).toEqual([organization.id]);
    expect(await idsOf(`?organization_id=${organization.id}&search=&type=`)).toEqual([profile.id]);
    const refused = await call('GET', '?type=customer&organization_id=1');
    expect(refused.json.error.details).toEqual({
      type: ['Type must be one of organization, profile, user'],
      organization_id: ['Organization ID must be a UUID'],
    });
  });

  test('are read, renamed and suspended', async () => {
    const { id } = await createAccount({ type: 'user', name: 'Before', email: 'a@example.com' });
    const { json } = await call('PATCH', `/${id}`, { name: 'After', status: 'suspended', email: null });
    expect(json.data).toMatchObject({ name: 'After', status: 'suspended', email: null });
    expect(json.data.updated_at).not.toBeNull();
    expect((await call('GET', `/${id}`)).json.data).toEqual(json.data);
    const empty = await call('PATCH', `/${id}`, {});
    expect([empty.status, Object.keys(empty.json.error.details)]).toEqual([400, ['body']]);
  });

  test('take everything along when they are deleted', async () => {
    const organization = await createAccount({ type: 'organization', name: 'Gone' });
    const profile = await createAccount({ type: 'profile', name: 'Too', organization_id: organization.id });
    const { json } = await call('POST', `/${profile.id}/api-keys`, {});
    const key = json.data.key;
    await api.call('POST', '/v3/webhooks', { key, body: webhookBody });
    const event = { account_id: profile.id, event: 'message.sent', payload: {} };
    const publish = () => api.call('POST', '/platform/v1/events', { key: platformKey, body: event });
    expect((await publish()).json.data.events[0].deliveries).toBe(1);

    expect((await call('DELETE', `/${profile.id}`)).status).toBe(204);
    expect((await publish()).json.error.details).toEqual({ account_id: ['Account not found'] });
    expect((await call('DELETE', `/${organization.id}`)).status).toBe(204);
    expect((await api.call('GET', '/v3/webhooks', { key })).status).toBe(401);
    for (const id of [organization.id, profile.id]) expect((await call('GET', `/${id}`)).status).toBe(404);
  });

  test('answer 404 when unknown and 400 when the id is none', async () => {
    for (const [method, body] of [
      ['GET', undefined],
      ['PATCH', { name: 'x' }],
      ['DELETE', undefined],
    ] as const) {
      const absent = await call(method, `/${absentId}`, body);
      expect([absent.status, absent.json.error.code]).toEqual([404, 'RESOURCE_004']);
      const invalid = await call(method, '/nonsense', body);
      expect([invalid.status, invalid.json.error.message]).toEqual([400, 'Invalid account ID format.']);
    }
  });
});

describe('API keys', () => {
  test('are shown once, work at once, and are kept as SHA-256 only', async () => {
    const { id } = await createAccount({ type: 'user', name: 'Keyed' });
    const { status, json } = await call('POST', `/${id}/api-keys`, { name: 'Server' });
    expect(status).toBe(201);
    expect(Object.keys(json.data)).toEqual(['id', 'name', 'key', 'prefix', 'expires_at', 'created_at']);
    const { key, prefix } = json.data;
    expect(key.startsWith(prefix)).toBe(true);
    expect((await api.call('GET', '/v3/me', { key })).json.data.id).toBe(id);

    const rows = await api.db.query<{ row: string }>(
      sql`select k::text as row from api_keys k where account_id = ${id}`,
    );
    expect(rows[0]?.row).toContain(hashApiKey(key));
    expect(rows[0]?.row).not.toContain(key);

    const list = await call('GET', `/${id}/api-keys`);
    expect(list.text).not.toContain(key);
    expect(list.json.data.api_keys).toEqual([
      { id: json.data.id, name: 'Server', prefix, expires_at: null, created_at: json.data.created_at },
    ]);
  });

  test('need no body, and may expire', async () => {
    const { id } = await createAccount({ type: 'user', name: 'Keyed' });
    expect((await call('POST', `/${id}/api-keys`)).json.data.name).toBeNull();
    const expires_at = '2099-01-01T00:00:00+00:00';
    expect((await call('POST', `/${id}/api-keys`, { expires_at })).json.data.expires_at).toBe(expires_at);
    const past = await call('POST', `/${id}/api-keys`, { expires_at: '2020-01-01T00:00:00Z' });
    expect([past.status, Object.keys(past.json.error.details)]).toEqual([400, ['expires_at']]);
  });

  test('open nothing once they are revoked', async () => {
    const { id } = await createAccount({ type: 'user', name: 'Keyed' });
    const { json } = await call('POST', `/${id}/api-keys`);
    const path = `/${id}/api-keys/${json.data.id}`;
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await api.call('GET', '/v3/me', { key: json.data.key })).status).toBe(401);
    const again = await call('DELETE', path);
    expect([again.status, again.json.error.message]).toEqual([404, 'API key not found']);
  });

  test('are refused for now, and not as a failure, when the account is deleted at the same moment', async () => {
    const { id } = await createAccount({ type: 'user', name: 'Going' });
    const { status, json } = await api.db
      .transaction(async (deleting) => {
        await deleting.query(sql`delete from accounts where id = ${id}`);
        const creating = call('POST', `/${id}/api-keys`);
        await eventually(statementsWaiting, (count) => count > 0);
        return { creating };
      })
      .then(({ creating }) => creating);
    expect([status, json.error.code]).toEqual([503, 'SERVICE_001']);
    expect((await call('POST', `/${id}/api-keys`)).status).toBe(404);
  });

  test('are not found through another account, and answer 404 for one that does not exist', async () => {
    const { id } = await createAccount({ type: 'user', name: 'Keyed' });
    const { id: strangerId } = await createAccount({ type: 'user', name: 'Stranger' });
    const { json } = await call('POST', `/${id}/api-keys`);
    expect((await call('DELETE', `/${strangerId}/api-keys/${json.data.id}`)).status).toBe(404);
    for (const answer of [
      await call('POST', `/${absentId}/api-keys`),
      await call('GET', `/${absentId}/api-keys`),
      await call('DELETE', `/${absentId}/api-keys/${json.data.id}`),
    ]) {
      expect([answer.status, answer.json.error.code]).toEqual([404, 'RESOURCE_004']);
    }
    const invalid = await call('DELETE', `/${id}/api-keys/nonsense`);
    expect([invalid.status, Object.keys(invalid.json.error.details)]).toEqual([400, ['key_id']]);
  });
});

/** For a lock that another statement on this database holds. */
async function statementsWaiting(): Promise<number> {
  const waiting = await api.db.query(sql`
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
  return waiting.length;
}
