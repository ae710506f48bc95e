/** What is unfinished, counted row by row: counts that are kept would make publishers of one webhook wait for each other. */
import sql from 'sql-template-tag';
import { momentOf } from '../domain/identifier.ts';
import type { Queryable } from './database.ts';
import { rowsWithin, type WebhookScope, webhooksWithin } from './webhook-scope.ts';

export interface Backlog {
  /** Not tried yet. */
  readonly pending: number;
  readonly retrying: number;
  /** When the oldest of both was published; null when there is none. */
  readonly oldestAt: Date | null;
}

/** The oldest is found webhook by webhook, at the beginning of what each has in the index. */
export async function readBacklog(db: Queryable, scope: WebhookScope): Promise<Backlog> {
  const [row] = await db.query<{ pending: number; retrying: number; oldest: string | null }>(sql`
    select count(*) filter (where attempts = 0)::int as pending,
           count(*) filter (where attempts > 0)::int as retrying,
           (
             select delivery_id from webhooks webhook cross join lateral (
               select id as delivery_id from pending_deliveries where webhook_id = webhook.id order by id limit 1
             ) unfinished
             where ${webhooksWithin(scope)} order by delivery_id limit 1
           ) as oldest
    from pending_deliveries where ${rowsWithin(scope)}`);
  if (row === undefined) throw new Error('the backlog was not counted');
  const { pending, retrying, oldest } = row;
  return { pending, retrying, oldestAt: oldest === null ? null : momentOf(oldest) };
}
