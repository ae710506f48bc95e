/** What is unfinished, counted row by row: counts that are kept would make publishers of one webhook wait for each other. */
import sql, { type Sql } from 'sql-template-tag';
import { momentOf } from '../domain/identifier.ts';
import type { Queryable } from './database.ts';
import { type WebhookScope, webhooksWithin } from './webhook-scope.ts';

export interface Backlog {
  /** Not tried yet. */
  readonly pending: number;
  readonly retrying: number;
  /** When the oldest of both was published; null when there is none. */
  readonly oldestAt: Date | null;
}

export async function readBacklog(db: Queryable, scope: WebhookScope): Promise<Backlog> {
  const [row] = await db.query<{ pending: number; retrying: number; oldest: string | null }>(
    backlogStatement(scope),
  );
  if (row === undefined) throw new Error('the backlog was not counted');
  const { pending, retrying, oldest } = row;
  return { pending, retrying, oldestAt: oldest === null ? null : momentOf(oldest) };
}

/**
 * Counted in one pass over the queue at the most: webhook by webhook the planner, who takes every webhook for one with a
 * backlog when there is one such, would pass over all of it for each. The oldest is the first that the index has of a webhook.
 * Exported for the test of its plan.
 */
export function backlogStatement(scope: WebhookScope): Sql {
  const webhooks = sql`(select id from webhooks where ${webhooksWithin(scope)})`;
  return sql`
    select count(*) filter (where attempts = 0)::int as pending,
           count(*) filter (where attempts > 0)::int as retrying,
           (
             select oldest.id from ${webhooks} webhook cross join lateral (
               select id from pending_deliveries where webhook_id = webhook.id order by id limit 1
             ) oldest
             order by oldest.id limit 1
           ) as oldest
    from pending_deliveries where webhook_id in ${webhooks}`;
}

/** How many are unfinished of each of these webhooks that has any. */
export async function countUnfinished(
  db: Queryable,
  webhookIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await db.query<{ webhook_id: string; unfinished: number }>(sql`
    select webhook_id, count(*)::int as unfinished from pending_deliveries
    where webhook_id = any(${webhookIds}::uuid[]) group by 1`);
  return new Map(rows.map(({ webhook_id: id, unfinished }) => [id, unfinished]));
}
