/**
 * Claiming: ready deliveries are leased to one process. How many of each lane is the caller's decision; a claim reads
 * no more than it takes, whatever else is in the queue: see the test of its plan at a million rows.
 */
import sql, { type Sql } from 'sql-template-tag';
import type { LeasedDelivery } from '../domain/delivery.ts';
import type { Lane } from '../domain/lane.ts';
import { booleans, integers, uuids } from './columns.ts';
import type { Queryable } from './database.ts';
import { lowestUuid } from './lanes.ts';
import { leaseEnd } from './leases.ts';

export interface ClaimRequest {
  /** The token of the claiming process; every later change of the claimed deliveries must carry it. */
  readonly lease: string;
  readonly lanes: readonly LaneClaim[];
}

export interface LaneClaim extends Pick<Lane, 'webhookId' | 'isRetry'> {
  /** How many to take at most. */
  readonly size: number;
  /** Only what was published after this delivery; null: from the beginning. */
  readonly after: string | null;
}

interface ClaimRow {
  id: string;
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

/** Takes the oldest of each lane, at the size that the lane was given. */
export async function claimReady(db: Queryable, request: ClaimRequest): Promise<LeasedDelivery[]> {
  const rows = await db.query<ClaimRow>(claimStatement(request), 'claim-ready');
  return rows.map((row) => ({
    id: row.id,
    webhookId: row.webhook_id,
    lease: request.lease,
    eventName: row.event_name,
    field: row.field,
    bodyTail: row.body_tail,
    attempts: row.attempts,
    endpointUrl: row.endpoint_url,
    sealedSecret: row.sealed_secret,
    sealedPreviousSecret: row.sealed_previous_secret,
    retryCount: row.retry_count,
    timeoutSeconds: row.timeout_seconds,
  }));
}

function claimStatement({ lease, lanes }: ClaimRequest): Sql {
  return sql`
    with lane as (
      select * from unnest(
        ${uuids(lanes.map(({ webhookId }) => webhookId))}::uuid[],
        ${booleans(lanes.map(({ isRetry }) => isRetry))}::boolean[],
        ${integers(lanes.map(({ size }) => size))}::int[],
        ${uuids(lanes.map(({ after }) => after ?? lowestUuid))}::uuid[]
      ) as lane (webhook_id, is_retry, size, after)
    ),
    taken as (
      select p.webhook_id, p.id
      from lane
      join webhooks webhook on webhook.id = lane.webhook_id and webhook.is_active
      cross join lateral (
        select p.webhook_id, p.id from pending_deliveries p
        where p.webhook_id = lane.webhook_id and (p.attempts > 0) = lane.is_retry and p.lease is null
          and p.id > lane.after and p.due_at <= clock_now()
        order by p.id
        limit lane.size
        for update skip locked
      ) p
    ),
    leased as (
      update pending_deliveries p set lease = ${lease}, due_at = ${leaseEnd}
      from taken where p.webhook_id = taken.webhook_id and p.id = taken.id
      returning p.webhook_id, p.id, p.event_id, p.event_name, p.field, p.attempts
    )
    select leased.webhook_id, leased.id, leased.event_name, leased.field, leased.attempts, event.body_tail,
           webhook.endpoint_url, webhook.sealed_secret,
           case when webhook.previous_secret_until > clock_now() then webhook.sealed_previous_secret end
             as sealed_previous_secret,
           webhook.retry_count, webhook.timeout_seconds
    from leased
    join events event on event.id = leased.event_id
    join webhooks webhook on webhook.id = leased.webhook_id`;
}
