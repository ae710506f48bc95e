/**
 * Accounts from each other: every operation of the OpenAPI document, with every kind of id and key that is not the
 * caller's. What belongs to another is answered with the same bytes as what does not exist, and nothing changes. A new
 * operation is covered by itself, or fails here until it is said what its path and body mean.
 */
import { randomUUID } from 'node:crypto';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { platformKey, startApi, type TestApi } from '../api/harness.ts';
import { contentOf } from '../support/database-content.ts';
import { recordFigure } from '../support/figures.ts';
import { makeTenants, type Tenant, type Tenants, tracesOf } from '../support/generated-tenants.ts';
import { type Operation, readOpenApi } from '../support/openapi-document.ts';
import { createRawClient, type RawAnswer, type RawClient } from '../support/raw-http.ts';

let api: TestApi;
let client: RawClient;
let operations: readonly Operation[];
let tenants: Tenants;
const noLimits = { standard: 0, rotate: 0, test: 0 };

beforeAll(async () => {
  api = await startApi({ config: { rateLimits: noLimits } });
  const address = await api.app.listen({ host: '127.0.0.1', port: 0 });
  client = createRawClient(Number(new URL(address).port));
  ({ operations } = await readOpenApi(address));
  tenants = await makeTenants(api);
});
afterAll(async () => {
  client.close();
  await api.close();
});

/** What each operation is sent; one with a body that is not named here fails. */
const bodies: Readonly<Record<string, unknown>> = {
  createWebhook: { display_name: 'x', endpoint_url: 'https://example.com/', event_types: ['message'] },
  updateWebhook: { display_name: 'x', endpoint_url: 'https://example.com/', event_types: ['message'] },
  toggleWebhookStatus: { is_active: false },
  rotateWebhookSecret: {},
  testWebhook: { event_type: 'message.sent' },
  createAccount: { type: 'user', name: 'x' },
  updateAccount: { name: 'x' },
  createApiKey: {},
  publishEvents: { account_id: randomUUID(), event: 'message.sent', payload: {} },
  putEventType: {},
};

interface Call {
  readonly key: string | null;
  readonly ids?: Readonly<Record<string, string>>;
  readonly profileId?: string;
  readonly query?: string;
}

async function call(
  operation: Operation,
  { key, ids = {}, profileId, query = '' }: Call,
): Promise<RawAnswer> {
  const path = operation.path.replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const id = ids[name];
    if (id === undefined) throw new Error(`unknown kind of route: ${operation.path} takes ${name}`);
    return id;
  });
  const lines = [`${operation.method} ${path}${query} HTTP/1.1`, 'Host: posthorn'];
  if (key !== null) lines.push(`x-api-key: ${key}`);
  if (profileId !== undefined) lines.push(`x-profile-id: ${profileId}`);
  const body = bodyText(operation);
  if (body !== '') lines.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`);
  return client.send(Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`), operation.method);
}

function bodyText({ id, body }: Operation): string {
  if (body === null) return '';
  if (!Object.hasOwn(bodies, id)) throw new Error(`unknown kind of route: say what ${id} is sent`);
  return JSON.stringify(bodies[id]);
}

/** All that a client can see, without what differs between any two answers. */
function bytesOf({ status, headers, body }: RawAnswer): string {
  const passing = new Set(['x-request-id', 'x-response-time', 'date']);
  const kept = [...headers].filter(([name]) => !passing.has(name));
  const meta = /"meta":\{"request_id":"[^"]+","timestamp":"[^"]+"/;
  const lengthKept = kept.filter(([name]) => name !== 'content-length');
  return `${status} ${JSON.stringify(lengthKept)} ${body.replace(meta, '"meta":{')}`;
}

const accountOperations = () => operations.filter(({ opensTo }) => opensTo === 'account');
const platformOperations = () => operations.filter(({ opensTo }) => opensTo === 'platform');

/** Whoever can call, and the tenant that the call acts as. */
function callers(): readonly { readonly call: Call; readonly as: Tenant }[] {
  const { organization, profile, sibling, otherProfile, user } = tenants;
  return [
    { call: { key: organization.key }, as: organization },
    { call: { key: organization.key, profileId: profile.accountId }, as: profile },
    { call: { key: profile.key }, as: profile },
    { call: { key: sibling.key }, as: sibling },
    { call: { key: otherProfile.key }, as: otherProfile },
    { call: { key: user.key }, as: user },
  ];
}

function idsOf({ accountId, keyId, webhookId, eventIds, deliveryIds }: Tenant): readonly string[] {
  return [webhookId, accountId, keyId, ...eventIds, ...deliveryIds];
}

test('what belongs to another account is answered like what does not exist, and nothing changes', async () => {
  const before = await contentOf(api.db);
  let tried = 0;
  const different: string[] = [];
  for (const operation of accountOperations().filter(({ pathParameters }) => pathParameters.length > 0)) {
    expect(operation.pathParameters, `unknown kind of route: ${operation.path}`).toEqual(['id']);
    expect(operation.path, 'unknown kind of route').toMatch(/^\/v3\/webhooks\/\{id\}/);
    for (const caller of callers()) {
      const nobodys = await call(operation, { ...caller.call, ids: { id: randomUUID() } });
      expect([operation.id, nobodys.status]).toEqual([operation.id, 404]);
      const expected = bytesOf(nobodys);
      const others = Object.values(tenants).filter(({ accountId }) => accountId !== caller.as.accountId);
      const foreign = others.flatMap(idsOf).flatMap((id) => [id, id.toUpperCase()]);
      // Its own ids, of another kind than the webhook's.
      const misplaced = idsOf(caller.as).filter((id) => id !== caller.as.webhookId);
      for (const id of [...foreign, ...misplaced]) {
        tried++;
        const answer = bytesOf(await call(operation, { ...caller.call, ids: { id } }));
        if (answer !== expected) different.push(`${operation.id} ${id}: ${answer} instead of ${expected}`);
      }
    }
  }
  expect(await contentOf(api.db)).toEqual(before);
  await recordFigure({
    topic: 'Accounts apart',
    what: 'ids of others, on every operation that takes one: same bytes as for an unknown id, nothing changed',
    tried,
    survived: tried - different.length,
  });
  expect(different).toEqual([]);
});

test('no list and no search shows anything of another account', async () => {
  const before = await contentOf(api.db);
  let tried = 0;
  const leaks: string[] = [];
  for (const operation of accountOperations().filter(({ method }) => method === 'GET')) {
    for (const caller of callers()) {
      const hidden = Object.values(tenants).filter(({ accountId }) => !isVisibleTo(accountId, caller.as));
      const traces = hidden.flatMap(tracesOf);
      const takesSearch = operation.query.some(({ name }) => name === 'search');
      const queries = takesSearch ? ['', ...traces.map((trace) => `?search=${trace}`)] : [''];
      for (const query of queries) {
        tried++;
        const ids = { id: caller.as.webhookId };
        const { status, body } = await call(operation, { ...caller.call, ids, query });
        expect([operation.id, status]).toEqual([operation.id, 200]);
        const shown = traces.filter((trace) => body.includes(trace));
        if (shown.length > 0) leaks.push(`${operation.id}${query} shows ${shown.join()}`);
        // Otherwise nothing would have been looked at.
        const own = caller.as.mark;
        if (query === '' && operation.id !== 'listWebhookEventTypes') expect(body).toContain(own);
      }
    }
  }
  expect(await contentOf(api.db)).toEqual(before);
  await recordFigure({
    topic: 'Accounts apart',
    what: 'lists and searches for the ids, names and keys of others: nothing shown',
    tried,
    survived: tried - leaks.length,
  });
  expect(leaks).toEqual([]);
});

/** An organization sees the names of its profiles, at /v3/me. */
function isVisibleTo(accountId: string, caller: Tenant): boolean {
  if (accountId === caller.accountId || accountId === caller.organizationId) return true;
  return Object.values(tenants).some(
    (tenant) => tenant.accountId === accountId && tenant.organizationId === caller.accountId,
  );
}

test('keys that do not open an operation all get the same answer, and change nothing', async () => {
  const { user, profile } = tenants;
  const revoked = await newKey(user.accountId);
  await api.call('DELETE', `/platform/v1/accounts/${user.accountId}/api-keys/${revoked.id}`, {
    key: platformKey,
  });
  const expired = await newKey(user.accountId);
  await api.db.query(sql`update api_keys set expires_at = clock_now() where id = ${expired.id}`);
  const suspended = await api.member('user');
  await api.call('PATCH', `/platform/v1/accounts/${suspended.account.id}`, {
    key: platformKey,
    body: { status: 'suspended' },
  });
  const unknown = [
    revoked.key,
    expired.key,
    'ph_unknown',
    `${user.key}x`,
    user.key.slice(0, -1),
    user.key.toUpperCase(),
    platformKey.slice(0, -1),
    `Bearer ${user.key}`,
    `${user.key}, ${profile.key}`,
    user.keyId,
    user.accountId,
  ];
  const before = await contentOf(api.db);
  let tried = 0;
  const different: string[] = [];
  const ids = { id: user.webhookId, key_id: user.keyId, name: 'message' };
  for (const operation of operations) {
    const wrongApi = operation.opensTo === 'account' ? [platformKey, suspended.key] : [user.key, profile.key];
    const classes = [
      { keys: [null, '', ' ', '\t '], expected: '401 AUTH_001' },
      { keys: unknown, expected: '401 AUTH_002' },
      { keys: wrongApi, expected: '403 AUTH_004' },
    ];
    for (const { keys, expected } of classes) {
      const answers = new Set<string>();
      for (const key of keys) {
        tried++;
        const answer = await call(operation, { key, ids });
        answers.add(bytesOf(answer));
        const said = `${answer.status} ${JSON.parse(answer.body).error.code}`;
        if (said !== expected) different.push(`${operation.id}: ${said} instead of ${expected}`);
      }
      if (answers.size > 1) different.push(`${operation.id}: ${[...answers].join(' or ')}`);
    }
  }
  expect(await contentOf(api.db)).toEqual(before);
  await recordFigure({
    topic: 'Accounts apart',
    what: 'missing, unknown, revoked, expired and misplaced keys on every operation',
    tried,
    survived: tried - different.length,
  });
  expect(different).toEqual([]);
});

test('x-profile-id opens the profiles of the organization and nothing else', async () => {
  const { organization, profile, user, otherOrganization, otherProfile } = tenants;
  const strangers = [otherProfile, otherOrganization, user, organization].map(({ accountId }) => accountId);
  const wrong = [...strangers, profile.webhookId, profile.keyId, organization.keyId];
  const before = await contentOf(api.db);
  let tried = 0;
  const different: string[] = [];
  for (const operation of accountOperations()) {
    const ids = { id: profile.webhookId };
    const nobodys = await call(operation, { key: organization.key, profileId: randomUUID(), ids });
    expect([nobodys.status, JSON.parse(nobodys.body).error.code]).toEqual([404, 'RESOURCE_004']);
    for (const profileId of wrong) {
      tried++;
      const answer = bytesOf(await call(operation, { key: organization.key, profileId, ids }));
      if (answer !== bytesOf(nobodys)) different.push(`${operation.id} ${profileId}: ${answer}`);
    }
    for (const { key, accountId } of [profile, user]) {
      tried++;
      const { status, body } = await call(operation, { key, profileId: accountId, ids });
      if (status !== 403) different.push(`${operation.id} with a key that may not: ${status} ${body}`);
    }
  }
  expect(await contentOf(api.db)).toEqual(before);
  await recordFigure({
    topic: 'Accounts apart',
    what: 'x-profile-id of strangers, and with keys that may not send it, on every operation of /v3',
    tried,
    survived: tried - different.length,
  });
  expect(different).toEqual([]);
});

test('below the Platform API, an id of another kind or of another account names nothing', async () => {
  const { profile, user } = tenants;
  const before = await contentOf(api.db);
  let tried = 0;
  const different: string[] = [];
  for (const operation of platformOperations().filter(({ pathParameters }) =>
    pathParameters.includes('id'),
  )) {
    const isEvent = operation.path.startsWith('/platform/v1/events/');
    const misplaced = idsOf(user).filter((id) =>
      isEvent ? !user.eventIds.includes(id) : id !== user.accountId,
    );
    const nested = operation.pathParameters.includes('key_id');
    const cases = nested
      ? [...idsOf(profile), ...misplaced.filter((id) => id !== user.keyId)].map((id) => ({
          id: user.accountId,
          key_id: id,
        }))
      : misplaced.map((id) => ({ id }));
    const nobodys = await call(operation, {
      key: platformKey,
      ids: nested ? { id: user.accountId, key_id: randomUUID() } : { id: randomUUID() },
    });
    expect([operation.id, nobodys.status]).toEqual([operation.id, 404]);
    for (const ids of cases) {
      tried++;
      const answer = bytesOf(await call(operation, { key: platformKey, ids }));
      if (answer !== bytesOf(nobodys)) different.push(`${operation.id} ${JSON.stringify(ids)}: ${answer}`);
    }
  }
  expect(await contentOf(api.db)).toEqual(before);
  await recordFigure({
    topic: 'Accounts apart',
    what: 'misplaced ids on every operation of the Platform API that takes one',
    tried,
    survived: tried - different.length,
  });
  expect(different).toEqual([]);
});

test('an idempotency key and a producer id mean something to one account only', async () => {
  const { profile, sibling, organization, user } = tenants;
  const body = {
    display_name: 'Same',
    endpoint_url: 'https://example.com/',
    event_types: ['contact'],
    sandbox: true,
  };
  const secrets = new Set<string>();
  for (const { key } of [profile, sibling, organization, user]) {
    const { status, json, headers } = await api.call('POST', '/v3/webhooks', {
      key,
      body,
      headers: { 'idempotency-key': 'same' },
    });
    expect([status, headers['idempotent-replayed']]).toEqual([201, undefined]);
    secrets.add(json.data.signing_secret);
  }
  expect(secrets.size).toBe(4);
  for (const { accountId, webhookId } of [profile, sibling, organization, user]) {
    const event = { account_id: accountId, event: 'message.sent', id: 'same', payload: {} };
    const { json } = await api.call('POST', '/platform/v1/events', { key: platformKey, body: event });
    const [{ id, deliveries, duplicate }] = json.data.events;
    expect([deliveries, duplicate]).toEqual([1, false]);
    const found = await api.call('GET', `/platform/v1/events/${id}`, { key: platformKey });
    expect(found.json.data.deliveries.map((delivery: { webhook_id: string }) => delivery.webhook_id)).toEqual(
      [webhookId],
    );
  }
});

test('another account’s webhook takes as long to be refused as one that does not exist', async () => {
  const operation = operations.find(({ id }) => id === 'getWebhook');
  if (operation === undefined) throw new Error('getWebhook is gone');
  const { user, profile } = tenants;
  const timings = { foreign: [0], unknown: [0] };
  const rounds = 300;
  for (let round = 0; round < rounds; round++) {
    for (const kind of ['foreign', 'unknown'] as const) {
      const id = kind === 'foreign' ? profile.webhookId : randomUUID();
      const startedAt = performance.now();
      await call(operation, { key: user.key, ids: { id } });
      timings[kind].push(performance.now() - startedAt);
    }
  }
  await recordFigure({
    topic: 'Accounts apart',
    what: 'webhooks of others and webhooks of nobody, timed in turn',
    tried: 2 * rounds,
    survived: 2 * rounds,
    note: `median ${medianOf(timings.foreign)} ms and ${medianOf(timings.unknown)} ms`,
  });
});

function medianOf(numbers: readonly number[]): string {
  return (numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0).toFixed(2);
}

async function newKey(accountId: string): Promise<{ id: string; key: string }> {
  return (await api.call('POST', `/platform/v1/accounts/${accountId}/api-keys`, { key: platformKey })).json
    .data;
}
