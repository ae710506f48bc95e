/**
 * Which lanes have something ready to be sent. They are found in the index of what is ready, which holds nothing of the
 * webhooks that have no delivery or only wait for a retry.
 */
import sql, { type Sql } from 'sql-template-tag';
import type { Lane } from '../domain/lane.ts';
import type { Queryable } from './database.ts';

export const lowestUuid = '00000000-0000-0000-0000-000000000000';

export interface Sweep {
  readonly lanes: readonly Lane[];
  /** Where the next sweep goes on; null when this one reached the end. */
  readonly sweptTo: SweepPosition | null;
}

export type SweepPosition = Pick<Lane, 'webhookId' | 'isRetry'>;

export interface LaneRow {
  webhook_id: string;
  is_retry: boolean;
  account_id: string | null;
  is_failing: boolean | null;
}

/** The lanes that have something ready, in the order of their webhooks, `limit` of them at most. */
export async function sweepLanes(db: Queryable, after: SweepPosition | null, limit: number): Promise<Sweep> {
  const rows = await db.query<LaneRow>(sweepStatement(after, limit), 'sweep-lanes');
  const last = rows.length < limit ? undefined : rows.at(-1);
  return {
    lanes: rows.flatMap(laneOf),
    sweptTo: last === undefined ? null : { webhookId: last.webhook_id, isRetry: last.is_retry },
  };
}

/**
 * Found by hopping from one lane to the next over the index of what is ready: what it costs depends neither on the
 * length of any backlog nor on the webhooks that have none.
 */
function sweepStatement(after: SweepPosition | null, limit: number): Sql {
  return sql`
    with recursive lane (webhook_id, is_retry, position) as (
      (select webhook_id, attempts > 0, 1 from pending_deliveries
       where lease is null
         and (webhook_id, attempts > 0) > (${after?.webhookId ?? lowestUuid}::uuid, ${after?.isRetry ?? true}::boolean)
       order by webhook_id, (attempts > 0) limit 1)
      union all
      select next.webhook_id, next.is_retry, lane.position + 1
      from lane cross join lateral (
        select p.webhook_id, p.attempts > 0 as is_retry from pending_deliveries p
        where p.lease is null and (p.webhook_id, p.attempts > 0) > (lane.webhook_id, lane.is_retry)
        order by p.webhook_id, (p.attempts > 0) limit 1
      ) next
      where lane.position < ${limit}::int
    )
    select lane.webhook_id, lane.is_retry, webhook.account_id, webhook.consecutive_failures > 0 as is_failing
    from lane left join webhooks webhook on webhook.id = lane.webhook_id and webhook.is_active
    order by lane.position`;
}

/** Nothing for a webhook that is inactive or deleted: what it left behind is closed elsewhere. */
export function laneOf(row: LaneRow): Lane[] {
  const { webhook_id: webhookId, is_retry: isRetry, account_id: accountId, is_failing: isFailing } = row;
  return accountId === null ? [] : [{ webhookId, accountId, isRetry, isFailing: isFailing === true }];
}
