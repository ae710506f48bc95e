/** A database as an earlier version left it: its schema, and a row of every kind in every table, in that version's form. */
import { randomUUID } from 'node:crypto';
import sql, { raw } from 'sql-template-tag';
import { hashApiKey, newApiKey } from '../../src/domain/api-key.ts';
import { bodyTail } from '../../src/domain/body.ts';
import { newId } from '../../src/domain/identifier.ts';
import { newSigningSecret } from '../../src/domain/signing-secret.ts';
import type { Database } from '../../src/storage/database.ts';
import { migrate, readMigrations } from '../../src/storage/migrations.ts';
import { createPartitions } from '../../src/storage/partitions.ts';
import { secretBox } from './factory.ts';

export const deliveryKinds = ['ready', 'leased', 'retrying', 'delivered', 'failed'] as const;
export type DeliveryKind = (typeof deliveryKinds)[number];

export interface EarlierData {
  readonly accountId: string;
  readonly apiKey: string;
  readonly webhookId: string;
  /** Was deleted, and its log is still to be removed. */
  readonly deletedWebhookId: string;
  readonly signingSecret: string;
  /** The producer's id is the kind. */
  readonly events: ReadonlyMap<DeliveryKind, string>;
  /** Of the idempotent request whose answer is stored. */
  readonly idempotencyKey: string;
}

/** How long the lease of a dead process and the wait for a retry still last when the next version starts. */
const leftMs = 3000;

export async function fillEarlierSchema(
  db: Database,
  level: number,
  endpointUrl: string,
): Promise<EarlierData> {
  await migrate(db, (await readMigrations()).slice(0, level));
  await createPartitions(db);
  const apiKey = newApiKey(Buffer.alloc(32, level));
  const [accountId, webhookId, deletedWebhookId] = [newId(Date.now()), newId(Date.now()), newId(Date.now())];
  const signingSecret = newSigningSecret(Buffer.alloc(32, 5));
  const idempotencyKey = `key-${level}`;
  await db.query(sql`insert into accounts (id, type, name) values (${accountId}, 'user', 'Acme')`);
  await db.query(sql`
    insert into api_keys (id, account_id, prefix, key_hash)
    values (${newId(Date.now())}, ${accountId}, ${apiKey.slice(0, 8)}, ${hashApiKey(apiKey)})`);
  await db.query(sql`
    insert into webhooks (id, account_id, display_name, endpoint_url, sealed_secret, event_types, patterns, retry_count,
      timeout_seconds, consecutive_failures)
    values (${webhookId}, ${accountId}, 'Orders', ${endpointUrl}, ${secretBox.seal(signingSecret, `webhook:${webhookId}`)},
      '{message}', '{message.*}', 3, 30, 4)`);
  await db.query(sql`
    insert into event_types (name, parent, display_name) values ('message.of_ours', 'message', 'Ours')`);
  await db.query(sql`insert into settings (name, value) values ('of the version before', 'kept')`);
  await db.query(sql`
    insert into rate_limits (account_id, bucket, full_at) values (${accountId}, 'standard', now())`);
  await db.query(sql`
    insert into idempotent_answers (account_id, key, fingerprint, request_id, status, sealed_body)
    values (${accountId}, ${idempotencyKey}, 'of another request', 'req_0000000000', 200, 'sealed')`);
  await db.query(sql`insert into erasures (subject, id) values ('webhook', ${deletedWebhookId})`);

  const events = new Map<DeliveryKind, string>();
  for (const kind of deliveryKinds) {
    const id = newId(Date.now());
    events.set(kind, id);
    await addEvent(db, { id, accountId, kind });
    if (kind === 'delivered' || kind === 'failed') {
      for (const webhook of [webhookId, deletedWebhookId]) await addLogged(db, level, webhook, id, kind);
    } else await addPending(db, level, webhookId, id, kind);
  }
  return { accountId, apiKey, webhookId, deletedWebhookId, signingSecret, events, idempotencyKey };
}

interface EarlierEvent {
  readonly id: string;
  readonly accountId: string;
  readonly kind: DeliveryKind;
}

async function addEvent(db: Database, { id, accountId, kind }: EarlierEvent): Promise<void> {
  const payload = JSON.stringify({ kind });
  const tail = bodyTail({ name: 'message.sent', timestamp: new Date(), requestId: null, payload });
  await db.query(sql`
    insert into events (id, account_id, name, producer_id, body_tail, deliveries)
    values (${id}, ${accountId}, 'message.sent', ${kind}, ${tail}, 1)`);
  await db.query(sql`
    insert into dedup_keys (account_id, producer_id, event_id) values (${accountId}, ${kind}, ${id})`);
}

/** The first version made identifiers at random, the second from event and webhook, and leases retries to nobody. */
function idOf(level: number, eventId: string, webhookId: string) {
  return raw(level === 1 ? `sibling_id('${eventId}')` : `delivery_id('${eventId}', '${webhookId}')`);
}

async function addPending(
  db: Database,
  level: number,
  webhookId: string,
  eventId: string,
  kind: DeliveryKind,
): Promise<void> {
  const nobody = level === 1 ? null : '00000000-0000-0000-0000-000000000000';
  const lease = kind === 'leased' ? randomUUID() : kind === 'retrying' ? nobody : null;
  const isRetry = kind === 'retrying';
  const wait = raw(kind === 'ready' ? '0' : String(leftMs));
  const [row] = await db.query<{ id: string }>(sql`
    insert into pending_deliveries (webhook_id, id, event_id, event_name, field, due_at, lease, attempts, first_attempt_at,
      status_code, error_message)
    values (${webhookId}, ${idOf(level, eventId, webhookId)}, ${eventId}, 'message.sent', 'message',
      now() + interval '${wait} milliseconds', ${lease}, ${isRetry ? 1 : 0}, ${isRetry ? new Date() : null},
      ${isRetry ? 500 : null}, ${isRetry ? 'The endpoint answered 500' : null})
    returning id`);
  if (isRetry && row !== undefined) await addAttempt(db, row.id, webhookId);
}

async function addLogged(
  db: Database,
  level: number,
  webhookId: string,
  eventId: string,
  status: 'delivered' | 'failed',
): Promise<void> {
  const [row] = await db.query<{ id: string }>(sql`
    insert into deliveries (id, webhook_id, event_id, event_name, field, status, attempts, status_code, first_attempt_at,
      last_attempt_at, last_duration_ms, finished_at)
    values (${idOf(level, eventId, webhookId)}, ${webhookId}, ${eventId}, 'message.sent', 'message', ${status}, 2,
      ${status === 'delivered' ? 200 : 500}, now(), now(), 7, now())
    returning id`);
  if (row !== undefined) await addAttempt(db, row.id, webhookId);
}

async function addAttempt(db: Database, deliveryId: string, webhookId: string): Promise<void> {
  await db.query(sql`
    insert into attempts (delivery_id, webhook_id, number, started_at, duration_ms, status_code)
    values (${deliveryId}, ${webhookId}, 1, now(), 9, 500)`);
}
