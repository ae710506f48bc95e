/**
 * What becomes of leased deliveries. Each change is guarded by the lease: once another process has taken the delivery,
 * whoever lost it changes nothing. The queue row of a finished delivery is replaced by its log row in the same statement,
 * together with its webhook's health.
 */
import sql, { empty, raw, type Sql } from 'sql-template-tag';
import { type AttemptOutcome, type DeliveryStatus, nextStatus } from '../domain/delivery.ts';
import { doubles, integers, texts, timestamps, uuids } from './columns.ts';
import type { Queryable } from './database.ts';
import { nobody } from './leases.ts';

export interface DisabledWebhook {
  readonly id: string;
  readonly reason: string;
}

/**
 * Records a batch of attempts in one statement. Safe to repeat when its answer was lost: the lease is gone then.
 * @param disableAfter failed deliveries in a row after which a webhook is disabled; 0: never
 * @returns the webhooks that this batch disabled
 */
export async function recordOutcomes(
  db: Queryable,
  outcomes: readonly AttemptOutcome[],
  disableAfter: number,
): Promise<DisabledWebhook[]> {
  const areAllFinished = outcomes.every(({ event }) => event !== 'postpone');
  const rows = await db.query<{ id: string; disabled_reason: string | null }>(
    sql`
      with outcome as (${outcomeRows(outcomes)}),
      ${areAllFinished ? finishing : sql`${finishing}, ${postponing}`},
      happened as (
        select webhook_id, event, started_at, disable_reason, position from finished
        ${areAllFinished ? empty : sql`union all select webhook_id, event, started_at, disable_reason, position from postponed`}
      ),
      ${webhookHealth(disableAfter)}
      update webhooks webhook set
        last_delivery_attempt_at = greatest(webhook.last_delivery_attempt_at, health.attempted_at),
        last_successful_delivery_at = greatest(webhook.last_successful_delivery_at, health.succeeded_at),
        consecutive_failures = health.consecutive_failures,
        is_active = webhook.is_active and health.disable_reason is null,
        disabled_reason = coalesce(webhook.disabled_reason, health.disable_reason)
      from health where webhook.id = health.webhook_id
      returning webhook.id, health.disable_reason as disabled_reason`,
    areAllFinished ? 'record-finished' : 'record-outcomes',
  );
  return rows.flatMap(({ id, disabled_reason: reason }) => (reason === null ? [] : [{ id, reason }]));
}

/** A lease that ended but that nobody has taken over since is as good as held: the attempt was made, and is recorded. */
const isStillOurs = raw(`
  p.webhook_id = outcome.webhook_id and p.id = outcome.id and p.attempts = outcome.number - 1
    and (p.lease = outcome.lease or p.lease is null)`);

const finishing = sql`
  finished as (
    delete from pending_deliveries p using outcome
    where ${isStillOurs} and outcome.event <> 'postpone'
    returning p.event_id, p.event_name, p.field, p.first_attempt_at, outcome.*
  ),
  logged as (
    insert into deliveries (id, webhook_id, event_id, event_name, field, status, attempts, status_code,
      response_body, error_message, first_attempt_at, last_attempt_at, last_duration_ms, finished_at)
    select id, webhook_id, event_id, event_name, field, status, number, status_code,
           response_body, error_message, coalesce(first_attempt_at, started_at), started_at, duration_ms, clock_now()
    from finished
  )`;

const postponing = sql`
  postponed as (
    update pending_deliveries p set
      lease = ${nobody},
      due_at = clock_now() + outcome.retry_in_ms * interval '1 millisecond',
      attempts = outcome.number,
      first_attempt_at = coalesce(p.first_attempt_at, outcome.started_at),
      status_code = outcome.status_code,
      response_body = outcome.response_body,
      error_message = outcome.error_message
    from outcome
    where ${isStillOurs} and outcome.event = 'postpone'
    returning outcome.*
  ),
  tried as (
    insert into attempts (delivery_id, webhook_id, number, started_at, duration_ms, status_code, response_body,
      error_message)
    select id, webhook_id, number, started_at, duration_ms, status_code, response_body, error_message
    from postponed
  )`;

/** What the column holds; a clock that is set forward makes an attempt longer than that. */
const durationMsMax = 2 ** 31 - 1;

function outcomeRows(outcomes: readonly AttemptOutcome[]): Sql {
  const column = <Value>(pick: (outcome: AttemptOutcome) => Value) => outcomes.map(pick);
  return sql`
    select * from unnest(
      ${uuids(column(({ delivery }) => delivery.webhookId))}::uuid[],
      ${uuids(column(({ delivery }) => delivery.id))}::uuid[],
      ${uuids(column(({ delivery }) => delivery.lease))}::uuid[],
      ${texts(column(({ event }) => event))}::text[],
      ${texts(column(statusAfter))}::text[],
      ${integers(column(({ attemptNumber }) => attemptNumber))}::int[],
      ${doubles(column(({ retryInMs }) => retryInMs))}::float8[],
      ${timestamps(column(({ startedAt }) => startedAt))}::timestamptz[],
      ${integers(column(({ durationMs }) => Math.min(Math.round(durationMs), durationMsMax)))}::int[],
      ${integers(column(({ statusCode }) => statusCode))}::int[],
      ${texts(column(({ responseBody }) => responseBody))}::text[],
      ${texts(column(({ errorMessage }) => errorMessage))}::text[],
      ${texts(column(({ disableReason }) => disableReason))}::text[]
    ) with ordinality as outcome (webhook_id, id, lease, event, status, number, retry_in_ms, started_at, duration_ms,
      status_code, response_body, error_message, disable_reason, position)`;
}

/** By the one table of states. An outcome is of a delivery that was unfinished: the lease guards that. */
function statusAfter({ attemptNumber, event }: AttemptOutcome): DeliveryStatus {
  const status = nextStatus(attemptNumber === 1 ? 'pending' : 'retrying', event);
  if (status === null) throw new Error(`an unfinished delivery cannot ${event}`);
  return status;
}

/**
 * What a batch means for each webhook, as one row: failures count from the last success in the batch on. The rows are
 * locked in the order of their ids, so that two processes that record for the same webhooks cannot deadlock. A webhook
 * to which everything was delivered is written once a second: its times are exact to the second, and a busy webhook's row
 * is no bottleneck.
 */
function webhookHealth(disableAfter: number): Sql {
  return sql`
    since_success as (
      select *, max(position) filter (where event = 'succeed') over (partition by webhook_id) as success_position
      from happened
    ),
    summary as (
      select webhook_id,
             max(started_at) as attempted_at,
             max(started_at) filter (where event = 'succeed') as succeeded_at,
             count(*) filter (where event = 'giveUp' and position > coalesce(success_position, 0))::int as failures,
             bool_and(event = 'succeed') as is_well,
             max(disable_reason) as disable_reason
      from since_success group by webhook_id
    ),
    locked as (
      select summary.*, webhook.is_active, webhook.consecutive_failures as failures_before
      from summary join webhooks webhook on webhook.id = summary.webhook_id
      where not is_well or webhook.consecutive_failures > 0
        or webhook.last_successful_delivery_at is null
        or webhook.last_successful_delivery_at < summary.succeeded_at - interval '1 second'
      order by webhook.id for no key update of webhook
    ),
    health as (
      select webhook_id, attempted_at, succeeded_at, consecutive_failures,
             case when is_active then coalesce(disable_reason, case
               when ${disableAfter}::int > 0 and consecutive_failures >= ${disableAfter}::int
               then format('the webhook was disabled after %s failed deliveries in a row', consecutive_failures)
             end) end as disable_reason
      from (
        select *, failures + case when succeeded_at is null then failures_before else 0 end as consecutive_failures
        from locked
      ) counted
    )`;
}

/**
 * Fails what a disabled webhook left behind, as far as it is not being sent right now.
 * @returns how many; call again while it is `limit`
 */
export function failPendingOfInactive(db: Queryable, limit: number): Promise<number> {
  return failPending(
    db,
    sql`
      select p.webhook_id, p.id, webhook.disabled_reason
      from webhooks webhook
      cross join lateral (
        select webhook_id, id from pending_deliveries p
        where p.webhook_id = webhook.id and ${isWaiting}
        limit ${limit}
        for update skip locked
      ) p
      where not webhook.is_active
      limit ${limit}`,
  );
}

/** The same for one delivery, without waiting for its turn. */
export function failPendingDelivery(db: Queryable, webhookId: string, id: string): Promise<number> {
  return failPending(
    db,
    sql`
      select p.webhook_id, p.id, webhook.disabled_reason
      from pending_deliveries p join webhooks webhook on webhook.id = p.webhook_id and not webhook.is_active
      where p.webhook_id = ${webhookId}::uuid and p.id = ${id}::uuid and ${isWaiting}
      for update of p`,
  );
}

const isWaiting = sql`(p.lease is null or p.lease = ${nobody} or p.due_at <= clock_now())`;

async function failPending(db: Queryable, closing: Sql): Promise<number> {
  const [row] = await db.query<{ closed: number }>(sql`
    with closing as (${closing}),
    finished as (
      delete from pending_deliveries p using closing
      where p.webhook_id = closing.webhook_id and p.id = closing.id
      returning p.*, closing.disabled_reason
    ),
    logged as (
      insert into deliveries (id, webhook_id, event_id, event_name, field, status, attempts, status_code,
        response_body, error_message, first_attempt_at, finished_at)
      select id, webhook_id, event_id, event_name, field, 'failed', attempts, status_code, response_body,
             'Given up: ' || coalesce(disabled_reason, 'the webhook is not active'), first_attempt_at, clock_now()
      from finished
      returning id
    )
    select count(*)::int as closed from logged`);
  return row?.closed ?? 0;
}
