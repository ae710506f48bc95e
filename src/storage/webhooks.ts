/** Webhooks as rows. Whose webhook it is stands in every statement: another account's does not exist. */
import sql, { type Sql } from 'sql-template-tag';
import type { EventFilters } from '../domain/event-type.ts';
import type { Webhook } from '../domain/webhook.ts';
import type { Queryable } from './database.ts';
import { type Page, type Paged, paged } from './page.ts';

export interface WebhookRow {
  id: string;
  account_id: string;
  display_name: string;
  endpoint_url: string;
  is_active: boolean;
  event_types: string[];
  event_filters: EventFilters | null;
  retry_count: number;
  timeout_seconds: number;
  last_delivery_attempt_at: Date | null;
  last_successful_delivery_at: Date | null;
  consecutive_failures: number;
  created_at: Date;
  updated_at: Date | null;
}

export const webhookColumns = sql`
  id, account_id, display_name, endpoint_url, is_active, event_types, event_filters, retry_count, timeout_seconds,
  last_delivery_attempt_at, last_successful_delivery_at, consecutive_failures, created_at, updated_at`;

export function webhookOf(row: WebhookRow): Webhook {
  return {
    id: row.id,
    accountId: row.account_id,
    displayName: row.display_name,
    endpointUrl: row.endpoint_url,
    isActive: row.is_active,
    eventTypes: row.event_types,
    eventFilters: row.event_filters,
    retryCount: row.retry_count,
    timeoutSeconds: row.timeout_seconds,
    lastDeliveryAttemptAt: row.last_delivery_attempt_at,
    lastSuccessfulDeliveryAt: row.last_successful_delivery_at,
    consecutiveFailures: row.consecutive_failures,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function firstWebhook(rows: readonly WebhookRow[]): Webhook | null {
  const [row] = rows;
  return row === undefined ? null : webhookOf(row);
}

export interface StoredWebhook {
  readonly displayName: string;
  readonly endpointUrl: string;
  readonly eventTypes: readonly string[];
  readonly eventFilters: EventFilters | null;
  /** See domain/event-type: made from the event types and filters. */
  readonly patterns: readonly string[];
  readonly retryCount: number;
  readonly timeoutSeconds: number;
}

export async function insertWebhook(
  db: Queryable,
  accountId: string,
  webhook: StoredWebhook & { readonly id: string; readonly sealedSecret: string },
): Promise<Webhook> {
  const rows = await db.query<WebhookRow>(sql`
    insert into webhooks (id, account_id, display_name, endpoint_url, sealed_secret, event_types, event_filters,
                          patterns, retry_count, timeout_seconds)
    values (${webhook.id}, ${accountId}, ${webhook.displayName}, ${webhook.endpointUrl}, ${webhook.sealedSecret},
            ${webhook.eventTypes}::text[], ${jsonText(webhook.eventFilters)}::text::json, ${webhook.patterns}::text[],
            ${webhook.retryCount}, ${webhook.timeoutSeconds})
    returning ${webhookColumns}`);
  const inserted = firstWebhook(rows);
  if (inserted === null) throw new Error('the inserted webhook was not returned');
  return inserted;
}

export async function findWebhook(db: Queryable, accountId: string, id: string): Promise<Webhook | null> {
  return firstWebhook(
    await db.query<WebhookRow>(
      sql`select ${webhookColumns} from webhooks where account_id = ${accountId} and id = ${id}`,
    ),
  );
}

/** The same, kept from other changes until the transaction ends: for what is decided by the webhook as it is. */
export async function lockWebhook(db: Queryable, accountId: string, id: string): Promise<Webhook | null> {
  return firstWebhook(
    await db.query<WebhookRow>(
      sql`select ${webhookColumns} from webhooks where account_id = ${accountId} and id = ${id} for no key update`,
    ),
  );
}

export interface WebhookQuery extends Page {
  readonly search: string | null;
  readonly isActive: boolean | null;
}

/** Part of the display name or the URL, whatever its case; null: all. */
export function matchesSearch(search: string | null): Sql {
  return sql`(${search}::text is null
    or strpos(lower(display_name), lower(${search})) > 0
    or strpos(lower(endpoint_url), lower(${search})) > 0)`;
}

/** Newest first. */
export async function listWebhooks(
  db: Queryable,
  accountId: string,
  query: WebhookQuery,
): Promise<Paged<Webhook>> {
  const found = sql`
    from webhooks
    where account_id = ${accountId}
      and ${matchesSearch(query.search)}
      and (${query.isActive}::boolean is null or is_active = ${query.isActive})`;
  return paged(
    db,
    {
      rows: sql`select ${webhookColumns} ${found} order by id desc`,
      count: sql`select count(*)::int as total ${found}`,
    },
    query,
    webhookOf,
  );
}

/** Null when there is no such webhook. */
export async function updateWebhook(
  db: Queryable,
  accountId: string,
  id: string,
  webhook: StoredWebhook,
): Promise<Webhook | null> {
  return firstWebhook(
    await db.query<WebhookRow>(sql`
      update webhooks set
        display_name = ${webhook.displayName},
        endpoint_url = ${webhook.endpointUrl},
        event_types = ${webhook.eventTypes}::text[],
        event_filters = ${jsonText(webhook.eventFilters)}::text::json,
        patterns = ${webhook.patterns}::text[],
        retry_count = ${webhook.retryCount},
        timeout_seconds = ${webhook.timeoutSeconds},
        updated_at = clock_now()
      where account_id = ${accountId} and id = ${id}
      returning ${webhookColumns}`),
  );
}

/** Turning it on forgets its failures; turning it off lets the closer fail what is pending. */
export async function setWebhookActive(
  db: Queryable,
  accountId: string,
  id: string,
  isActive: boolean,
): Promise<Webhook | null> {
  return firstWebhook(
    await db.query<WebhookRow>(sql`
      update webhooks set
        is_active = ${isActive},
        disabled_reason = ${isActive ? null : 'the webhook was deactivated'},
        consecutive_failures = case when ${isActive}::boolean then 0 else consecutive_failures end,
        updated_at = clock_now()
      where account_id = ${accountId} and id = ${id}
      returning ${webhookColumns}`),
  );
}

/** With an overlap of 0 seconds the old secret is dead at once. */
export async function rotateWebhookSecret(
  db: Queryable,
  accountId: string,
  id: string,
  sealedSecret: string,
  overlapSeconds: number,
): Promise<boolean> {
  const rows = await db.query(sql`
    update webhooks set
      sealed_previous_secret = case when ${overlapSeconds}::int > 0 then sealed_secret end,
      previous_secret_until =
        case when ${overlapSeconds}::int > 0 then clock_now() + make_interval(secs => ${overlapSeconds}::int) end,
      sealed_secret = ${sealedSecret},
      updated_at = clock_now()
    where account_id = ${accountId} and id = ${id}
    returning id`);
  return rows.length > 0;
}

/** The webhook is gone at once, and its log with it for every reader; the eraser removes the rows. */
export async function deleteWebhook(db: Queryable, accountId: string, id: string): Promise<boolean> {
  const rows = await db.query(sql`
    with gone as (delete from webhooks where account_id = ${accountId} and id = ${id} returning id)
    insert into erasures (subject, id) select 'webhook', id from gone returning id`);
  return rows.length > 0;
}

export interface SealedSecrets {
  readonly sealedSecret: string;
  /** The one before it, while a rotation overlaps. */
  readonly sealedPreviousSecret: string | null;
}

/**
 * What signs; null when there is no such webhook.
 * @param at a moment whose overlap counts; null: now
 */
export async function findSealedSecrets(
  db: Queryable,
  accountId: string,
  id: string,
  at: Date | null = null,
): Promise<SealedSecrets | null> {
  const [row] = await db.query<{ current: string; previous: string | null }>(sql`
    select sealed_secret as current,
           case when previous_secret_until > coalesce(${at}::timestamptz, clock_now())
             then sealed_previous_secret end as previous
    from webhooks where account_id = ${accountId} and id = ${id}`);
  return row === undefined ? null : { sealedSecret: row.current, sealedPreviousSecret: row.previous };
}

function jsonText(value: EventFilters | null): string | null {
  return value === null ? null : JSON.stringify(value);
}
