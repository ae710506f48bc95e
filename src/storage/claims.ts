/**
 * Claiming: due deliveries are leased to one process, fairly. A lease is a due time in the future with a token on it;
 * when its holder dies the delivery is due again by itself, so that nothing can be left in limbo.
 */
import sql, { type Sql } from 'sql-template-tag';
import type { LeasedDelivery } from '../domain/delivery.ts';
import type { Queryable } from './database.ts';

export interface ClaimRequest {
  /** The token of the new leases; every later change of the claimed deliveries must carry it. */
  readonly lease: string;
  readonly limit: number;
  /** The most deliveries one webhook may have in flight in this process. */
  readonly perWebhook: number;
  /** What this process has in flight now, by webhook. */
  readonly inFlight: ReadonlyMap<string, number>;
  /** Where the last claim ended its sweep over the webhooks; null: at their end. */
  readonly after: string | null;
}

export interface Claim {
  readonly deliveries: readonly LeasedDelivery[];
  /** Where the next claim goes on, so that every webhook gets its turn; null when this one reached the end. */
  readonly sweptTo: string | null;
}

/** Beyond the webhook's timeout, for signing, sending and recording. */
const leaseMarginSeconds = 15;
/** Webhooks looked at in one claim: about 10 µs each. */
const lanesMax = 500;
const lowestUuid = '00000000-0000-0000-0000-000000000000';

interface ClaimRow {
  swept_to: string | null;
  id: string | null;
  webhook_id: string;
  event_name: string;
  field: string;
  body_tail: string;
  attempts: number;
  endpoint_url: string;
  sealed_secret: string;
  sealed_previous_secret: string | null;
  retry_count: number;
  timeout_seconds: number;
}

export async function claimDue(db: Queryable, request: ClaimRequest): Promise<Claim> {
  const rows = await db.query<ClaimRow>(claimStatement(request));
  const deliveries = rows.flatMap((row) =>
    row.id === null ? [] : [leasedOf({ ...row, id: row.id }, request.lease)],
  );
  return { deliveries, sweptTo: rows[0]?.swept_to ?? null };
}

/** Exported for the test of its plan. */
export function claimStatement(request: ClaimRequest): Sql {
  return sql`
    with recursive ${lanesAfter(request.after, lanesMax)},
    busy as (
      select * from unnest(${[...request.inFlight.keys()]}::uuid[], ${[...request.inFlight.values()]}::int[])
        as busy (webhook_id, in_flight)
    ),
    -- One more than can be served: whether somebody has to wait for the next claim.
    ready as (
      select lane.webhook_id, webhook.timeout_seconds, ${request.perWebhook}::int - coalesce(busy.in_flight, 0) as free
      from lane
      join webhooks webhook on webhook.id = lane.webhook_id and webhook.is_active
      left join busy on busy.webhook_id = lane.webhook_id
      where coalesce(busy.in_flight, 0) < ${request.perWebhook}::int
        and exists (
          select from pending_deliveries p where p.webhook_id = lane.webhook_id and p.due_at <= clock_now()
        )
      order by lane.position limit ${request.limit + 1}
    ),
    served as (
      select * from ready order by webhook_id limit ${request.limit}
    ),
    -- Every one of them gets the same share, whatever its backlog; what is left over goes out with the next claim.
    share as (
      select greatest(1, ${request.limit}::int / greatest(1, count(*)::int)) as size from served
    ),
    due as (
      select served.webhook_id, served.timeout_seconds, p.id
      from served cross join share
      cross join lateral (
        select id from pending_deliveries p
        where p.webhook_id = served.webhook_id and p.due_at <= clock_now()
        order by p.due_at
        limit least(served.free, share.size)
        for update skip locked
      ) p
      limit ${request.limit}
    ),
    leased as (
      update pending_deliveries p set
        lease = ${request.lease},
        due_at = clock_now() + make_interval(secs => due.timeout_seconds + ${leaseMarginSeconds}::int)
      from due where p.webhook_id = due.webhook_id and p.id = due.id
      returning p.webhook_id, p.id, p.event_id, p.event_name, p.field, p.attempts
    ),
    claimed as (
      select leased.*, event.body_tail, webhook.endpoint_url, webhook.sealed_secret,
             case when webhook.previous_secret_until > clock_now() then webhook.sealed_previous_secret end
               as sealed_previous_secret,
             webhook.retry_count, webhook.timeout_seconds
      from leased
      join events event on event.id = leased.event_id
      join webhooks webhook on webhook.id = leased.webhook_id
    ),
    swept as (
      select case when (select count(*) from ready) > ${request.limit}
        then (select webhook_id from served order by webhook_id desc limit 1)
        else (select webhook_id from lane where position = ${lanesMax}) end as swept_to
    )
    select swept.swept_to, claimed.* from swept left join claimed on true`;
}

/**
 * One row per webhook that has anything unfinished, found by hopping from one to the next over the index: what it
 * costs depends neither on the length of any backlog nor on the webhooks that have none.
 */
export function lanesAfter(after: string | null, lanesMax: number | null): Sql {
  return sql`
    lane (webhook_id, position) as (
      (select webhook_id, 1 from pending_deliveries
       where webhook_id > ${after ?? lowestUuid}::uuid order by webhook_id limit 1)
      union all
      select next.webhook_id, lane.position + 1
      from lane cross join lateral (
        select p.webhook_id from pending_deliveries p
        where p.webhook_id > lane.webhook_id order by p.webhook_id limit 1
      ) next
      where ${lanesMax}::int is null or lane.position < ${lanesMax}::int
    )`;
}

function leasedOf(row: ClaimRow & { id: string }, lease: string): LeasedDelivery {
  return {
    id: row.id,
    webhookId: row.webhook_id,
    lease,
    eventName: row.event_name,
    field: row.field,
    bodyTail: row.body_tail,
    attempts: row.attempts,
    endpointUrl: row.endpoint_url,
    sealedSecret: row.sealed_secret,
    sealedPreviousSecret: row.sealed_previous_secret,
    retryCount: row.retry_count,
    timeoutSeconds: row.timeout_seconds,
  };
}

/** Hands claimed deliveries back: due at once, for whoever claims next. */
export async function releaseLeases(
  db: Queryable,
  deliveries: readonly Pick<LeasedDelivery, 'id' | 'webhookId' | 'lease'>[],
): Promise<void> {
  await db.query(sql`
    update pending_deliveries p set lease = null, due_at = clock_now()
    from unnest(
      ${deliveries.map(({ webhookId }) => webhookId)}::uuid[],
      ${deliveries.map(({ id }) => id)}::uuid[],
      ${deliveries.map(({ lease }) => lease)}::uuid[]
    ) as held (webhook_id, id, lease)
    where p.webhook_id = held.webhook_id and p.id = held.id and p.lease = held.lease`);
}

/** Makes every leased delivery due at once. Only for a process that knows that it is the only one. */
export async function releaseAllLeases(db: Queryable): Promise<number> {
  const rows = await db.query(
    sql`update pending_deliveries set lease = null, due_at = clock_now() where lease is not null returning id`,
  );
  return rows.length;
}
