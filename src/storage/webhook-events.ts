/** The delivery log of one webhook: what is unfinished (the queue) and what is finished, newest first, as one list. */
import sql, { empty, type Sql } from 'sql-template-tag';
import { deliveredBody } from '../domain/body.ts';
import type { DeliveryStatus } from '../domain/delivery.ts';
import { isUuid, lowestIdAt, momentOf } from '../domain/identifier.ts';
import type { Queryable } from './database.ts';
import { type Page, type Paged, paged } from './page.ts';

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

export interface WebhookEventQuery extends Page {
  /** Part of the event name, or an id; null: all. */
  readonly search: string | null;
  readonly status: DeliveryStatus | null;
  /** Inclusive. */
  readonly from: Date | null;
  /** Exclusive. */
  readonly to: Date | null;
}

interface WebhookEventRow {
  id: string;
  event_name: string;
  field: string;
  body_tail: string | null;
  status: DeliveryStatus;
  status_code: number | null;
  response_body: string | null;
  attempts: number;
  error_message: string | null;
  first_attempt_at: Date | null;
  finished_at: Date | null;
}

export async function listWebhookEvents(
  db: Queryable,
  accountId: string,
  webhookId: string,
  query: WebhookEventQuery,
): Promise<Paged<WebhookEvent>> {
  const owned = sql`exists (select from webhooks where id = ${webhookId} and account_id = ${accountId})`;
  const filter = sql`webhook_id = ${webhookId} and ${owned} ${narrowing(query)}`;
  const unfinishedStatus = sql`case when attempts = 0 then 'pending' else 'retrying' end`;
  // Each part gives no more than the page can show, in the order of its index: a long log is not read for one page.
  const upToPage = sql`order by id desc limit ${query.page * query.pageSize}`;
  const log = (bound: Sql) => sql`
    (select id, event_id, event_name, field, ${unfinishedStatus} as status, status_code, response_body, attempts,
           error_message, first_attempt_at, null::timestamptz as finished_at
    from pending_deliveries where ${filter} and (${query.status}::text is null or ${unfinishedStatus} = ${query.status})
     ${bound})
    union all
    (select id, event_id, event_name, field, status, status_code, response_body, attempts,
           error_message, first_attempt_at, finished_at
    from deliveries where ${filter} and (${query.status}::text is null or status = ${query.status})
     ${bound})`;
  return paged(
    db,
    {
      rows: sql`
        select log.*, (select body_tail from events where events.id = log.event_id) as body_tail
        from (${log(upToPage)}) log order by log.id desc`,
      count: sql`select count(*)::int as total from (${log(empty)}) log`,
    },
    query,
    webhookEventOf,
  );
}

function narrowing({ search, from, to }: WebhookEventQuery): Sql {
  return sql`
    and (${search}::text is null or strpos(event_name, lower(${search})) > 0
      or id = ${search !== null && isUuid(search) ? search : null}::uuid)
    and (${from === null ? null : lowestIdAt(from)}::uuid is null or id >= ${from === null ? null : lowestIdAt(from)}::uuid)
    and (${to === null ? null : lowestIdAt(to)}::uuid is null or id < ${to === null ? null : lowestIdAt(to)}::uuid)`;
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
