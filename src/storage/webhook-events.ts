/** The delivery log of one webhook: what is unfinished (the queue) and what is finished, newest first, as one list. */
import sql, { join, type Sql } from 'sql-template-tag';
import { deliveredBody } from '../domain/body.ts';
import type { DeliveryStatus } from '../domain/delivery.ts';
import { momentOf } from '../domain/identifier.ts';
import type { Queryable } from './database.ts';
import { type AttemptRecord, type DeliveryRow, deliveryRows, findAttempts } from './delivery-records.ts';
import type { Paged } from './page.ts';
import { filterOf, type WebhookEventFilter, type WebhookEventQuery } from './webhook-event-filter.ts';
import { countWebhookEvents } from './webhook-event-total.ts';

export interface WebhookEvent {
  readonly id: string;
  readonly eventName: string;
  /** The delivered JSON, whole and raw; null when its event is past retention. */
  readonly body: string | null;
  readonly status: DeliveryStatus;
  readonly statusCode: number | null;
  readonly responseBody: string | null;
  readonly attempts: number;
  readonly errorMessage: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
}

const bodyTail = sql`(select body_tail from events where events.id = log.event_id) as body_tail`;
/** Of so few that a search found, all are read. */
const rareMax = 1000;

interface WebhookEventRow extends DeliveryRow {
  body_tail: string | null;
}

/** With every attempt of it. */
export interface WebhookEventDetail {
  readonly event: WebhookEvent;
  /** In their order. */
  readonly attempts: readonly AttemptRecord[];
  /** Null when it is finished, or an attempt is under way. */
  readonly nextAttemptAt: Date | null;
}

export async function listWebhookEvents(
  db: Queryable,
  accountId: string,
  webhookId: string,
  query: WebhookEventQuery,
): Promise<Paged<WebhookEvent>> {
  const filter = filterOf(accountId, webhookId, query);
  const total = await countWebhookEvents(db, query, filter);
  const offset = (query.page - 1) * query.pageSize;
  if (offset >= total) return { items: [], total };
  const rows = await db.query<WebhookEventRow>(pageStatement(webhookId, query, filter, total));
  return { items: rows.map(webhookEventOf), total };
}

/** Null when the webhook is not the account's, or has no such item in its log. */
export async function findWebhookEvent(
  db: Queryable,
  accountId: string,
  webhookId: string,
  id: string,
): Promise<WebhookEventDetail | null> {
  const isOwn = sql`
    webhook_id = ${webhookId}::uuid and id = ${id}::uuid
    and exists (select from webhooks where id = ${webhookId}::uuid and account_id = ${accountId}::uuid)`;
  const [row] = await db.query<WebhookEventRow>(
    sql`select log.*, ${bodyTail} from (${deliveryRows(isOwn)}) log`,
  );
  if (row === undefined) return null;
  const attempts = (await findAttempts(db, [row])).get(row.id) ?? [];
  return { event: webhookEventOf(row), attempts, nextAttemptAt: row.due_at };
}

/** What is skipped is skipped as identifiers, which the indexes hold: only what is shown is read. */
function pageStatement(
  webhookId: string,
  query: WebhookEventQuery,
  { unfinished, finished }: WebhookEventFilter,
  total: number,
): Sql {
  const { page, pageSize } = query;
  const isRare = query.search !== null && total < rareMax;
  // Each half gives no more than the page can show, in the order of its index: a long log is not read for one page.
  const upToPage = sql`order by id desc limit ${page * pageSize}`;
  const halves = [
    ...(unfinished === null
      ? []
      : [sql`(select id from pending_deliveries where ${unfinished} ${upToPage})`]),
    ...(finished === null ? [] : [sql`(${isRare ? rare(finished) : inOrder(finished)} ${upToPage})`]),
  ];
  return sql`
    with shown as materialized (
      select id from (${join(halves, ' union all ')}) asked
      order by id desc limit ${pageSize} offset ${(page - 1) * pageSize}
    )
    select log.*, ${bodyTail}
    from shown cross join lateral (${deliveryRows(sql`webhook_id = ${webhookId}::uuid and id = shown.id`)}) log
    order by log.id desc`;
}

function inOrder(finished: Sql): Sql {
  return sql`select id from deliveries where ${finished}`;
}

/** In the order of its index the last of a few is found at the end of the log: "offset 0" hides that order. */
function rare(finished: Sql): Sql {
  return sql`select id from (${inOrder(finished)} offset 0) found`;
}

function webhookEventOf(row: WebhookEventRow): WebhookEvent {
  return {
    id: row.id,
    eventName: row.event_name,
    body: row.body_tail === null ? null : deliveredBody(row.field, row.body_tail),
    status: row.status,
    statusCode: row.status_code,
    responseBody: row.response_body,
    attempts: row.attempts,
    errorMessage: row.error_message,
    createdAt: momentOf(row.id),
    startedAt: row.first_attempt_at,
    completedAt: row.finished_at,
  };
}
