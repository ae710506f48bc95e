/** What could make a service tell a secret: every operation, asked rightly and wrongly, and a database that fails under it. */
import type pg from 'pg';
import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import type { Spoken } from './talkative-client.ts';

const absentId = 'd4f5a6b7-c8d9-4e0f-a1b2-c3d4e5f6a7b8';

/** A service, and what it is asked with. */
export interface Provoked {
  readonly spoken: Spoken;
  readonly address: string;
  readonly platformKey: string;
  readonly receiverUrl: string;
  /** Asked to be stored as part of an endpoint URL, which is refused. */
  readonly endpointPassword: string;
  readonly payloadText: string;
}

export interface Customer {
  readonly accountId: string;
  readonly key: string;
  readonly webhookId: string;
}

/** A customer to whose webhook this was delivered. */
export interface Served extends Customer {
  readonly deliveryId: string;
}

/** Every operation of the OpenAPI document, with every key, rightly and wrongly. */
export async function askEverything(
  { spoken, address, platformKey, receiverUrl, endpointPassword }: Provoked,
  { accountId, key, webhookId, deliveryId }: Served,
): Promise<void> {
  for (const path of ['/openapi.json', '/metrics', '/health/live', '/health/ready'])
    await spoken.ask('GET', path);
  const document: { paths: Record<string, object> } = JSON.parse(
    await (await fetch(`${address}/openapi.json`)).text(),
  );
  const wrongKey = key.slice(0, -1) + (key.endsWith('A') ? 'B' : 'A');
  for (const [template, operations] of Object.entries(document.paths)) {
    const named = template.replace('{name}', 'message.absent').replace('{event_id}', deliveryId);
    const of = (id: string) => named.replaceAll(/\{[^}]+\}/g, id);
    for (const method of Object.keys(operations).map((name) => name.toUpperCase())) {
      const isRead = method === 'GET';
      for (const path of isRead
        ? [of(webhookId), of(accountId), of(absentId), of('x')]
        : [of(absentId), of('x')]) {
        for (const sent of [key, platformKey, wrongKey, `${key} ${platformKey}`]) {
          await spoken.ask(method, path, { 'x-api-key': sent }, isRead ? undefined : { text: sent });
        }
        await spoken.ask(method, `${path}?x-api-key=${key}&search=${key}`, {
          authorization: `Bearer ${key}`,
        });
      }
    }
  }
  const own = { 'x-api-key': key };
  await spoken.ask('POST', `/v3/webhooks/${webhookId}/test`, own, { event_type: 'message.sent' });
  const resend = `/v3/webhooks/${webhookId}/events/${deliveryId}/resend`;
  expect(await spoken.ask('POST', resend, own, {})).toBe(200);
  await spoken.ask('POST', resend, own, { sandbox: key });
  await spoken.ask('PATCH', `/v3/webhooks/${webhookId}/toggle-status`, own, { is_active: true });
  await spoken.ask('PUT', `/v3/webhooks/${webhookId}`, own, `{"display_name":"${key}`);
  await spoken.ask('GET', '/v3/me', { ...own, 'x-profile-id': key });
  await spoken.ask('GET', '/v3/me', { ...own, 'idempotency-key': `!${key}` });
  const withPassword = receiverUrl.replace('//', `//user:${endpointPassword}@`);
  const webhook = { display_name: 'A', endpoint_url: withPassword, event_types: ['message'] };
  expect(await spoken.ask('POST', '/v3/webhooks', own, webhook)).toBe(400);
  for (const sandbox of [true, false]) {
    await spoken.ask('POST', `/v3/webhooks/${absentId}/rotate-secret`, own, { sandbox });
  }
}

/** First it refuses rows, with their contents in its errors; then it is gone for the role, the service's; then it is back. */
export async function breakTheDatabase(
  admin: pg.Client,
  role: string,
  { spoken, platformKey, receiverUrl, payloadText }: Provoked,
  { accountId, key, webhookId }: Customer,
): Promise<void> {
  const own = { 'x-api-key': key };
  for (const table of ['webhooks', 'api_keys', 'events', 'idempotent_answers', 'accounts']) {
    await admin.query(`alter table posthorn.${table} add constraint broken check (false) not valid`);
  }
  const webhook = { display_name: 'Refused', endpoint_url: receiverUrl, event_types: ['message'] };
  expect(await spoken.ask('POST', '/v3/webhooks', own, webhook)).toBe(500);
  await spoken.ask('POST', '/v3/webhooks', { ...own, 'idempotency-key': 'refused' }, webhook);
  await spoken.ask('POST', `/v3/webhooks/${webhookId}/rotate-secret`, own, {});
  const ofPlatform = { 'x-api-key': platformKey };
  await spoken.ask('POST', `/platform/v1/accounts/${accountId}/api-keys`, ofPlatform, { name: 'refused' });
  const event = { account_id: accountId, event: 'message.sent', payload: { text: payloadText } };
  expect(await spoken.ask('POST', '/platform/v1/events', ofPlatform, event)).toBe(500);

  await admin.query(`alter role ${role} connection limit 0`);
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [role]);
  expect(await spoken.ask('GET', '/v3/webhooks', own)).toBe(503);
  await spoken.ask('POST', '/platform/v1/events', ofPlatform, event);
  await spoken.ask('GET', '/health/ready');
  await admin.query(`alter role ${role} connection limit -1`);
  await eventually(
    () => spoken.ask('GET', '/v3/webhooks', own),
    (status) => status === 200,
    30_000,
  );
}

/** Every row of every table as text, and the statements that the server shows. */
export async function dumpDatabase(admin: pg.Client): Promise<string> {
  const { rows: tables } = await admin.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'posthorn'`,
  );
  expect(tables.length).toBeGreaterThan(10);
  const lines: string[] = [];
  for (const { name } of tables) {
    const { rows } = await admin.query<{ line: string }>(`select t::text as line from ${name} t`);
    lines.push(...rows.map(({ line }) => `${name} ${line}`));
  }
  const { rows: statements } = await admin.query<{ query: string }>('select query from pg_stat_activity');
  return [...lines, ...statements.map(({ query }) => query)].join('\n');
}
