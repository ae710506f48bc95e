/**
 * Leases: a delivery is leased to the process that sends it, or, while it waits for its retry, to nobody. Both end at
 * `due_at`, by the database's clock: then the delivery is ready for whoever claims it first. A process prolongs the
 * leases of what takes long; when it dies, what it held is ready again within the time of a lease.
 */
import sql, { raw } from 'sql-template-tag';
import type { LeasedDelivery } from '../domain/delivery.ts';
import type { Lane } from '../domain/lane.ts';
import { uuids } from './columns.ts';
import type { Queryable } from './database.ts';
import { type LaneRow, laneOf } from './lanes.ts';

/** With the half second after which the next process looks: below the five seconds in which a dead process is made up for. */
export const leaseMs = 3500;

/** The end of a lease that begins now. */
export const leaseEnd = raw(`clock_now() + interval '${leaseMs} milliseconds'`);

/** Holds what waits for a time and not for a process. */
export const nobody = '00000000-0000-0000-0000-000000000000';

type Held = Pick<LeasedDelivery, 'id' | 'webhookId' | 'lease'>;

/** Prolongs the leases of what is still being sent. What another process has taken meanwhile stays with that one. */
export async function renewLeases(db: Queryable, held: readonly Held[]): Promise<void> {
  await db.query(
    sql`
      with mine as (${lockedRows(held)})
      update pending_deliveries p set due_at = ${leaseEnd}
      from mine where p.webhook_id = mine.webhook_id and p.id = mine.id`,
    'renew-leases',
  );
}

/** Hands leased deliveries back: ready at once, for whoever claims next. */
export async function releaseLeases(db: Queryable, held: readonly Held[]): Promise<void> {
  await db.query(sql`
    with mine as (${lockedRows(held)})
    update pending_deliveries p set lease = null, due_at = clock_now()
    from mine where p.webhook_id = mine.webhook_id and p.id = mine.id`);
}

/** Not what is being recorded right now: waiting for that, in another order, was a deadlock. */
function lockedRows(held: readonly Held[]) {
  return sql`
    select p.webhook_id, p.id
    from unnest(
      ${uuids(held.map(({ webhookId }) => webhookId))}::uuid[],
      ${uuids(held.map(({ id }) => id))}::uuid[],
      ${uuids(held.map(({ lease }) => lease))}::uuid[]
    ) as held (webhook_id, id, lease)
    join pending_deliveries p on p.webhook_id = held.webhook_id and p.id = held.id and p.lease = held.lease
    for update of p skip locked`;
}

/** Makes every delivery that a process holds ready at once. Only for a process that knows that it is the only one. */
export async function releaseAllLeases(db: Queryable): Promise<number> {
  const rows = await db.query(
    sql`update pending_deliveries set lease = null, due_at = clock_now() where lease <> ${nobody} returning id`,
  );
  return rows.length;
}

export interface Ended {
  readonly count: number;
  /** Where they are ready now. */
  readonly lanes: readonly Lane[];
}

interface EndedRow extends LaneRow {
  count: number;
}

/** Ends the leases whose time is over, the oldest first, `limit` of them at most. */
export async function endLeases(db: Queryable, limit: number): Promise<Ended> {
  const rows = await db.query<EndedRow>(
    sql`
      with over as (
        select webhook_id, id from pending_deliveries
        where lease is not null and due_at <= clock_now()
        order by due_at limit ${limit}
        for update skip locked
      ),
      ready as (
        update pending_deliveries p set lease = null
        from over where p.webhook_id = over.webhook_id and p.id = over.id
        returning p.webhook_id, p.attempts > 0 as is_retry
      ),
      lane as (
        select webhook_id, is_retry, count(*)::int as count from ready group by webhook_id, is_retry
      )
      select lane.*, webhook.account_id, webhook.consecutive_failures > 0 as is_failing
      from lane left join webhooks webhook on webhook.id = lane.webhook_id and webhook.is_active`,
    'end-leases',
  );
  return { count: rows.reduce((sum, { count }) => sum + count, 0), lanes: rows.flatMap(laneOf) };
}
