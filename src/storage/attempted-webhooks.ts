/**
 * What an attempt outside of the queue, a test or a resend, means for its webhook: its times. Its failures, and with them
 * whether it stays active, are left alone: such an attempt says nothing about how events fare.
 */
import sql, { type Sql } from 'sql-template-tag';

export interface WebhookAttempt {
  readonly webhookId: string;
  readonly startedAt: Date;
  /** Null: it was delivered. */
  readonly errorMessage: string | null;
}

/** Gives the id and the account of the webhook; no row when it is gone, or another account's. */
export function datedWebhook(accountId: string, { webhookId, startedAt, errorMessage }: WebhookAttempt): Sql {
  const isDelivered = errorMessage === null;
  return sql`
    update webhooks set
      last_delivery_attempt_at = greatest(last_delivery_attempt_at, ${startedAt}::timestamptz),
      last_successful_delivery_at = case when ${isDelivered}::boolean
        then greatest(last_successful_delivery_at, ${startedAt}::timestamptz)
        else last_successful_delivery_at end
    where id = ${webhookId} and account_id = ${accountId}
    returning id, account_id`;
}
