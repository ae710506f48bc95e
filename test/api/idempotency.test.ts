import sql from 'sql-template-tag';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertAnswer } from '../../src/storage/idempotency.ts';
import { advanceClock } from '../support/database.ts';
import { startReceiver } from '../support/receiver.ts';
import { type Member, startApi, type TestApi } from './harness.ts';
import { absentId, webhookBody } from './webhook-body.ts';

let api: TestApi;
let user: Member;

beforeAll(async () => {
  api = await startApi();
  user = await api.member('user');
});
afterAll(() => api.close());

const create = (idempotencyKey: string, body: object = webhookBody, key = user.key) =>
  api.call('POST', '/v3/webhooks', { key, headers: { 'idempotency-key': idempotencyKey }, body });

async function webhooksOf(member: Member): Promise<number> {
  const { json } = await api.call('GET', '/v3/webhooks', { key: member.key });
  return json.data.pagination.total_count;
}

test('a repeated create answers the same bytes, id and secret, and creates nothing', async () => {
  const owner = await api.member('user');
  const first = await create('once', webhookBody, owner.key);
  const second = await create('once', webhookBody, owner.key);
  expect(first.status).toBe(201);
  expect(first.headers['idempotent-replayed']).toBeUndefined();
  expect(second.status).toBe(201);
  expect(second.text).toBe(first.text);
  expect(second.headers['idempotent-replayed']).toBe('true');
  expect(second.headers['x-original-request-id']).toBe(first.headers['x-request-id']);
  expect(second.headers['x-request-id']).not.toBe(first.headers['x-request-id']);
  expect(await webhooksOf(owner)).toBe(1);
});

test('the stored answer does not hold the secret in plain text', async () => {
  const { json } = await create('sealed');
  const rows = await api.db.query<{ row: string }>(sql`select a::text as row from idempotent_answers a`);
  const stored = rows.map(({ row }) => row).join('\n');
  expect(stored).toContain('sealed');
  expect(stored).not.toContain(json.data.signing_secret);
  expect(stored).not.toContain(json.data.id);
});

test('a repeated delete answers 204 again', async () => {
  const { json } = await create('to-be-deleted');
  const remove = () =>
    api.call('DELETE', `/v3/webhooks/${json.data.id}`, {
      key: user.key,
      headers: { 'idempotency-key': 'delete-it' },
    });
  expect((await remove()).status).toBe(204);
  const again = await remove();
  expect([again.status, again.text, again.headers['idempotent-replayed']]).toEqual([204, '', 'true']);
});

test('a repeated rotation answers the same secret, and the secret is rotated once', async () => {
  const { json } = await create('to-be-rotated');
  const rotate = () =>
    api.call('POST', `/v3/webhooks/${json.data.id}/rotate-secret`, {
      key: user.key,
      headers: { 'idempotency-key': 'rotate-it' },
      body: {},
    });
  const first = await rotate();
  expect((await rotate()).json.data).toEqual(first.json.data);
});

test('a repeated test sends once', async () => {
  const receiver = await startReceiver();
  const { json } = await create('to-be-tested', { ...webhookBody, endpoint_url: receiver.url });
  const tryOut = () =>
    api.call('POST', `/v3/webhooks/${json.data.id}/test`, {
      key: user.key,
      headers: { 'idempotency-key': 'test-it' },
      body: { event_type: 'message.sent' },
    });
  expect((await tryOut()).json.data.success).toBe(true);
  expect((await tryOut()).headers['idempotent-replayed']).toBe('true');
  expect(receiver.requests).toHaveLength(1);
  await receiver.close();
});

test.each([
  ['another body', 'POST', '/v3/webhooks', { ...webhookBody, retry_count: 1 }],
  ['another method and path', 'PUT', `/v3/webhooks/${absentId}`, webhookBody],
  ['a body that is not even JSON', 'POST', '/v3/webhooks', '{'],
] as const)('the same key for %s answers 409', async (name, method, url, body) => {
  const key = `reused-${name.replaceAll(' ', '-')}`;
  await create(key);
  const { status, json } = await api.call(method, url, {
    key: user.key,
    headers: { 'idempotency-key': key },
    body,
  });
  expect(status).toBe(409);
  expect(json.error).toMatchObject({
    code: 'CONFLICT_005',
    message: 'Idempotency-Key already used for a different request',
  });
});

test('the query does not make another request, and neither does the writing of the path', async () => {
  const first = await create('same-request');
  const second = await api.call('POST', '//v3/webhooks/?x=1', {
    key: user.key,
    headers: { 'idempotency-key': 'same-request' },
    body: webhookBody,
  });
  expect(second.text).toBe(first.text);
});

test('keys are those of one account, after scoping', async () => {
  const organization = await api.member('organization');
  const profile = await api.member('profile', organization.account.id);
  const send = (headers: Record<string, string>, key = organization.key) =>
    api.call('POST', '/v3/webhooks', {
      key,
      headers: { 'idempotency-key': 'shared', ...headers },
      body: webhookBody,
    });
  const own = await send({});
  const scoped = await send({ 'x-profile-id': profile.account.id });
  expect(scoped.headers['idempotent-replayed']).toBeUndefined();
  expect(scoped.json.data.id).not.toBe(own.json.data.id);
  expect((await send({}, profile.key)).json.data.id).toBe(scoped.json.data.id);
  expect((await create('shared')).headers['idempotent-replayed']).toBeUndefined();
});

test('refusals that would be the same again are kept: 400 and 404', async () => {
  for (const [key, url, body, status] of [
    ['invalid', '/v3/webhooks', {}, 400],
    ['malformed', '/v3/webhooks', '{', 400],
    ['bad-id', '/v3/webhooks/nonsense/rotate-secret', {}, 400],
    ['absent', `/v3/webhooks/${absentId}/rotate-secret`, {}, 404],
  ] as const) {
    const send = () => api.call('POST', url, { key: user.key, headers: { 'idempotency-key': key }, body });
    const first = await send();
    const second = await send();
    expect([key, first.status, second.status]).toEqual([key, status, status]);
    expect(second.text).toBe(first.text);
    expect(second.headers['idempotent-replayed']).toBe('true');
  }
});

test('an unexpected error is not kept, and leaves nothing behind', async () => {
  let failures = 1;
  const flaky = await startApi({
    replace: {
      checkEndpoint: async () => {
        if (failures-- > 0) throw new Error('out of luck');
        return null;
      },
    },
  });
  const { key } = await flaky.member('user');
  const send = () =>
    flaky.call('POST', '/v3/webhooks', {
      key,
      headers: { 'idempotency-key': 'flaky' },
      body: webhookBody,
    });
  expect((await send()).status).toBe(500);
  const second = await send();
  expect([second.status, second.headers['idempotent-replayed']]).toEqual([201, undefined]);
  await flaky.close();
});

test('while the first is running the same key answers 409, and another key does not wait', async () => {
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  let entered: () => void = () => undefined;
  const isInside = new Promise<void>((resolve) => {
    entered = resolve;
  });
  const slow = await startApi({
    replace: {
      checkEndpoint: async (url) => {
        if (!url.includes('slow')) return null;
        entered();
        await gate;
        return null;
      },
    },
  });
  const { key } = await slow.member('user');
  const send = (idempotencyKey: string, endpoint_url: string) =>
    slow.call('POST', '/v3/webhooks', {
      key,
      headers: { 'idempotency-key': idempotencyKey },
      body: { ...webhookBody, endpoint_url },
    });
  const first = send('busy', 'https://slow.example.com');
  await isInside;
  const second = await send('busy', 'https://slow.example.com');
  expect([second.status, second.json.error.code, second.json.error.message]).toEqual([
    409,
    'CONFLICT_001',
    'Concurrent idempotent request in progress',
  ]);
  expect((await send('free', 'https://quick.example.com')).status).toBe(201);
  open();
  expect((await first).status).toBe(201);
  expect((await send('busy', 'https://slow.example.com')).headers['idempotent-replayed']).toBe('true');
  await slow.close();
});

test('when another process answered in between, the effect is rolled back', async () => {
  const owner = await api.member('user');
  const raced = await startApi({
    replace: {
      db: api.db,
      checkEndpoint: async () => {
        const answer = { fingerprint: 'f', requestId: 'req_0000000000', status: 201, sealedBody: 's' };
        await insertAnswer(api.db, owner.account.id, 'raced', answer);
        return null;
      },
    },
  });
  const { status, json } = await raced.call('POST', '/v3/webhooks', {
    key: owner.key,
    headers: { 'idempotency-key': 'raced' },
    body: webhookBody,
  });
  expect([status, json.error.code]).toEqual([409, 'CONFLICT_001']);
  expect(await webhooksOf(owner)).toBe(0);
  await raced.close();
});

test('a key is forgotten after 24 hours', async () => {
  const first = await create('a-day');
  await advanceClock(api.db, 24 * 3600 * 1000 - 60_000);
  expect((await create('a-day')).text).toBe(first.text);
  await advanceClock(api.db, 120_000);
  const later = await create('a-day');
  expect(later.status).toBe(201);
  expect(later.headers['idempotent-replayed']).toBeUndefined();
});

test.each(['', ' ', 'a b', 'ü', 'a.b', 'x'.repeat(256)])('the key %j is refused', async (key) => {
  const { status, json } = await create(key);
  expect(status).toBe(400);
  expect(json.error).toMatchObject({
    code: 'VALIDATION_007',
    message: 'Invalid Idempotency-Key format',
  });
});

test('a GET takes no notice of the header', async () => {
  const { status } = await api.call('GET', '/v3/webhooks', {
    key: user.key,
    headers: { 'idempotency-key': 'a b' },
  });
  expect(status).toBe(200);
});
