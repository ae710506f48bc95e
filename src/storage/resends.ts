/**
 * Sending one delivery again. An unfinished one has its next attempt brought forward. A finished one is sent once more:
 * the attempt is counted before it is made, so that each has its own number, and recorded when it was made. Its row in the
 * log describes the attempt with the highest number; the others are rows of `attempts`. An attempt that was never recorded,
 * because the process died or the database was away, leaves its number unused.
 */
import sql from 'sql-template-tag';
import { type DeliveryStatus, statusAfterResend } from '../domain/delivery.ts';
import type { Lane } from '../domain/lane.ts';
import { datedWebhook } from './attempted-webhooks.ts';
import type { Database, Queryable } from './database.ts';
import { countAsDelivered } from './delivery-counts.ts';
import { type LaneRow, laneOf } from './lanes.ts';
import { nobody } from './leases.ts';

export interface DeliveryKey {
  readonly accountId: string;
  readonly webhookId: string;
  readonly id: string;
}

export type BroughtForward =
  /** Where it is ready now. */
  { readonly state: 'ready'; readonly lanes: readonly Lane[] } | { readonly state: 'under-way' };

/** Makes an unfinished delivery ready, unless it is being sent; null when it is not in the queue. */
export async function bringForward(
  db: Queryable,
  { accountId, webhookId, id }: DeliveryKey,
): Promise<BroughtForward | null> {
  const [row] = await db.query<LaneRow & { waits: boolean }>(sql`
    with found as (
      select p.webhook_id, p.id, p.attempts > 0 as is_retry,
             p.lease is null or p.lease = ${nobody} or p.due_at <= clock_now() as waits
      from pending_deliveries p
      where p.webhook_id = ${webhookId}::uuid and p.id = ${id}::uuid
        and exists (select from webhooks where id = ${webhookId}::uuid and account_id = ${accountId}::uuid)
      for update of p
    ),
    forward as (
      update pending_deliveries p set lease = null, due_at = clock_now()
      from found where p.webhook_id = found.webhook_id and p.id = found.id and found.waits
    )
    select found.*, webhook.account_id, webhook.consecutive_failures > 0 as is_failing
    from found left join webhooks webhook on webhook.id = found.webhook_id and webhook.is_active`);
  if (row === undefined) return null;
  return row.waits ? { state: 'ready', lanes: laneOf(row) } : { state: 'under-way' };
}

/**
 * Counts the attempt that is about to be made, and moves the one before it to the earlier ones.
 * @returns its number; null when there is no such delivery, or it is unfinished
 */
export async function beginResend(
  db: Queryable,
  { accountId, webhookId, id }: DeliveryKey,
): Promise<number | null> {
  const [row] = await db.query<{ number: number }>(sql`
    with held as (
      select * from deliveries d
      where d.webhook_id = ${webhookId}::uuid and d.id = ${id}::uuid
        and exists (select from webhooks where id = ${webhookId}::uuid and account_id = ${accountId}::uuid)
      for no key update of d
    ),
    moved as (
      insert into attempts (delivery_id, webhook_id, number, started_at, duration_ms, status_code, response_body,
        error_message)
      select id, webhook_id, attempts, last_attempt_at, last_duration_ms, status_code, response_body, error_message
      from held where last_attempt_at is not null
    )
    update deliveries d set attempts = held.attempts + 1, last_attempt_at = null, last_duration_ms = null
    from held where d.webhook_id = held.webhook_id and d.id = held.id
    returning d.attempts as number`);
  return row?.number ?? null;
}

export interface ResendOutcome {
  readonly number: number;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly statusCode: number | null;
  readonly responseBody: string | null;
  /** Null: it was delivered. */
  readonly errorMessage: string | null;
}

interface LoggedRow {
  status: DeliveryStatus;
  attempts: number;
}

/** Leaves no trace when the webhook was deleted meanwhile. Locks the webhook first and counts last: see delivery-counts. */
export async function recordResend(db: Database, key: DeliveryKey, outcome: ResendOutcome): Promise<void> {
  const { accountId, webhookId, id } = key;
  await db.transaction(async (transaction) => {
    const dated = await transaction.query(datedWebhook(accountId, { webhookId, ...outcome }));
    if (dated.length === 0) return;
    const [logged] = await transaction.query<LoggedRow>(sql`
      select status, attempts from deliveries
      where webhook_id = ${webhookId}::uuid and id = ${id}::uuid for no key update`);
    if (logged === undefined) return;
    const status = statusAfterResend(logged.status, outcome.errorMessage === null);
    if (outcome.number === logged.attempts) await describeLast(transaction, key, outcome, status);
    else await addEarlier(transaction, key, outcome, status);
    if (status !== logged.status) await countAsDelivered(transaction, webhookId, id);
  });
}

async function describeLast(
  transaction: Queryable,
  { webhookId, id }: DeliveryKey,
  { startedAt, durationMs, statusCode, responseBody, errorMessage }: ResendOutcome,
  status: DeliveryStatus,
): Promise<void> {
  await transaction.query(sql`
    update deliveries set
      status = ${status}, status_code = ${statusCode}, response_body = ${responseBody}, error_message = ${errorMessage},
      first_attempt_at = coalesce(first_attempt_at, ${startedAt}), last_attempt_at = ${startedAt},
      last_duration_ms = ${Math.round(durationMs)}, finished_at = clock_now()
    where webhook_id = ${webhookId}::uuid and id = ${id}::uuid`);
}

/** Another attempt was begun meanwhile: it is the last one. */
async function addEarlier(
  transaction: Queryable,
  { webhookId, id }: DeliveryKey,
  { number, startedAt, durationMs, statusCode, responseBody, errorMessage }: ResendOutcome,
  status: DeliveryStatus,
): Promise<void> {
  await transaction.query(sql`
    insert into attempts (delivery_id, webhook_id, number, started_at, duration_ms, status_code, response_body,
      error_message)
    values (${id}, ${webhookId}, ${number}, ${startedAt}, ${Math.round(durationMs)}, ${statusCode}, ${responseBody},
            ${errorMessage})`);
  await transaction.query(sql`
    update deliveries set status = ${status}, first_attempt_at = coalesce(first_attempt_at, ${startedAt})
    where webhook_id = ${webhookId}::uuid and id = ${id}::uuid`);
}
