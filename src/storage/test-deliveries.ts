/** Test deliveries: sent at once and outside of the queue, logged like any other delivery. */
import sql from 'sql-template-tag';
import { datedWebhook } from './attempted-webhooks.ts';
import type { Queryable } from './database.ts';

export interface TestDelivery {
  readonly webhookId: string;
  readonly deliveryId: string;
  readonly eventId: string;
  readonly eventName: string;
  readonly field: string;
  readonly bodyTail: string;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly statusCode: number | null;
  readonly responseBody: string | null;
  /** Null: it was delivered. */
  readonly errorMessage: string | null;
}

/** Leaves no trace when the webhook was deleted meanwhile. */
export async function recordTestDelivery(
  db: Queryable,
  accountId: string,
  test: TestDelivery,
): Promise<void> {
  const status = test.errorMessage === null ? 'delivered' : 'failed';
  await db.query(sql`
    with webhook as (${datedWebhook(accountId, test)}),
    event as (
      insert into events (id, account_id, name, body_tail, deliveries)
      select ${test.eventId}::uuid, account_id, ${test.eventName}::text, ${test.bodyTail}::text, 1 from webhook
    )
    insert into deliveries (id, webhook_id, event_id, event_name, field, status, attempts, status_code,
      response_body, error_message, first_attempt_at, last_attempt_at, last_duration_ms, finished_at)
    select ${test.deliveryId}::uuid, id, ${test.eventId}::uuid, ${test.eventName}::text, ${test.field}::text,
           ${status}::text, 1, ${test.statusCode}::int, ${test.responseBody}::text, ${test.errorMessage}::text,
           ${test.startedAt}::timestamptz, ${test.startedAt}::timestamptz, ${Math.round(test.durationMs)}::int,
           clock_now()
    from webhook`);
}
