/**
 * Accounts from each other, by what is not in an answer's bytes: keys that open nothing, keys of idempotency that several
 * accounts use, and what an answer costs.
 */
import { randomUUID } from 'node:crypto';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { platformKey } from '../api/harness.ts';
import { contentOf } from '../support/database-content.ts';
import { recordFigure } from '../support/figures.ts';
import type { Operation } from '../support/openapi-document.ts';
import { recordStatements } from '../support/statement-recorder.ts';
import { bytesOf, startTenancy, type Tenancy } from '../support/tenancy-calls.ts';

let tenancy: Tenancy;

beforeAll(async () => {
  tenancy = await startTenancy();
});
afterAll(() => tenancy.close());

test('keys that do not open an operation all get the same answer, and change nothing', async () => {
  const { user, profile } = tenancy.tenants;
  const revoked = await newKey(user.accountId);
  await tenancy.api.call('DELETE', `/platform/v1/accounts/${user.accountId}/api-keys/${revoked.id}`, {
    key: platformKey,
  });
  const expired = await newKey(user.accountId);
  await tenancy.api.db.query(sql`update api_keys set expires_at = clock_now() where id = ${expired.id}`);
  const suspended = await tenancy.api.member('user');
  await tenancy.api.call('PATCH', `/platform/v1/accounts/${suspended.account.id}`, {
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
  const before = await contentOf(tenancy.api.db);
  let tried = 0;
  let survived = 0;
  const different: string[] = [];
  const [event_id = 'none'] = user.deliveryIds;
  const ids = { id: user.webhookId, event_id, key_id: user.keyId, name: 'message' };
  for (const operation of tenancy.operations) {
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
        const answer = await tenancy.call(operation, { key, ids });
        answers.add(bytesOf(answer));
        const said = `${answer.status} ${JSON.parse(answer.body).error.code}`;
        if (said === expected) survived++;
        else different.push(`${operation.id}: ${said} instead of ${expected}`);
      }
      if (answers.size > 1) different.push(`${operation.id}: ${[...answers].join(' or ')}`);
    }
  }
  expect(await contentOf(tenancy.api.db)).toEqual(before);
  expect(different).toEqual([]);
  await recordFigure({
    topic: 'Accounts apart',
    what: 'missing, unknown, revoked, expired and misplaced keys on every operation',
    tried,
    survived,
  });
});

test('an idempotency key and a producer id mean something to one account only', async () => {
  const { profile, sibling, organization, user } = tenancy.tenants;
  const body = {
    display_name: 'Same',
    endpoint_url: 'https://example.com/',
    event_types: ['contact'],
    sandbox: true,
  };
  const secrets = new Set<string>();
  for (const { key } of [profile, sibling, organization, user]) {
    const { status, json, headers } = await tenancy.api.call('POST', '/v3/webhooks', {
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
    const { json } = await tenancy.api.call('POST', '/platform/v1/events', { key: platformKey, body: event });
    const [{ id, deliveries, duplicate }] = json.data.events;
    expect([deliveries, duplicate]).toEqual([1, false]);
    const found = await tenancy.api.call('GET', `/platform/v1/events/${id}`, { key: platformKey });
    expect(found.json.data.deliveries.map((delivery: { webhook_id: string }) => delivery.webhook_id)).toEqual(
      [webhookId],
    );
  }
});

test('what is another account’s costs the same statements as what does not exist', async () => {
  const { user, profile } = tenancy.tenants;
  const statements = recordStatements(tenancy.api.db);
  const timings: Record<'foreign' | 'unknown', number[]> = { foreign: [], unknown: [] };
  /** The statements of one request, but for those of the catalogue, which is read once a second whoever asks. */
  const costOf = async (operation: Operation, kind: 'foreign' | 'unknown') => {
    statements.length = 0;
    const [delivery = 'none'] = profile.deliveryIds;
    const foreign = { id: profile.webhookId, event_id: delivery };
    const ids = kind === 'foreign' ? foreign : { id: randomUUID(), event_id: randomUUID() };
    const startedAt = performance.now();
    const { status } = await tenancy.call(operation, { key: user.key, ids });
    timings[kind].push(performance.now() - startedAt);
    expect([operation.id, status]).toEqual([operation.id, 404]);
    return statements.filter((text) => !text.includes('from event_types'));
  };
  let tried = 0;
  let survived = 0;
  for (const operation of tenancy.operations) {
    if (operation.opensTo !== 'account' || operation.pathParameters.length === 0) continue;
    for (let round = 0; round < 50; round++) {
      tried++;
      const foreign = await costOf(operation, 'foreign');
      expect(foreign.length).toBeGreaterThan(1);
      expect(await costOf(operation, 'unknown')).toEqual(foreign);
      survived++;
    }
  }
  await recordFigure({
    topic: 'Accounts apart',
    what: 'webhooks of others and webhooks of nobody, asked for in turn: the same statements',
    tried,
    survived,
    note: `median time ${medianOf(timings.foreign)} ms and ${medianOf(timings.unknown)} ms`,
  });
});

function medianOf(numbers: readonly number[]): string {
  return (numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0).toFixed(2);
}

async function newKey(accountId: string): Promise<{ id: string; key: string }> {
  return (await tenancy.api.call('POST', `/platform/v1/accounts/${accountId}/api-keys`, { key: platformKey }))
    .json.data;
}
