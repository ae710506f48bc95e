/** Of whose webhooks something is told. */
import sql, { type Sql } from 'sql-template-tag';

export type WebhookScope = 'everybody' | AccountScope;

interface AccountScope {
  readonly accountId: string;
  /** Null: all webhooks of the account. */
  readonly webhookId: string | null;
}

/** As a condition on webhooks. */
export function webhooksWithin(scope: WebhookScope): Sql {
  if (scope === 'everybody') return sql`true`;
  const { accountId, webhookId } = scope;
  return webhookId === null
    ? sql`account_id = ${accountId}::uuid`
    : sql`account_id = ${accountId}::uuid and id = ${webhookId}::uuid`;
}
