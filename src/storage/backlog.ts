/** What is unfinished, counted row by row: counts that are kept would make publishers of one webhook wait for each other. */
import sql from 'sql-template-tag';
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

/** Webhook by webhook: of what others have waiting nothing is read. */
export async function readBacklog(db: Queryable, scope: WebhookScope): Promise<Backlog> {
  const [row] = await db.query<{ pending: number; retrying: number; oldest: string | null }>(sql`
    select coalesce(sum(pending), 0)::int as pending,
           coalesce(sum(retrying), 0)::int as retrying,
           (array_agg(oldest order by oldest) filter (where oldest is not null))[1] as oldest
    from (select id from webhooks where ${webhooksWithin(scope)}) webhook
    cross join lateral (
      select count(*) filter (where attempts = 0) as pending,
             count(*) filter (where attempts > 0) as retrying,
             (select id from pending_deliveries where webhook_id = webhook.id order by id limit 1) as oldest
      from pending_deliveries where webhook_id = webhook.id
    ) unfinished`);
  if (row === undefined) throw new Error('the backlog was not counted');
  const { pending, retrying, oldest } = row;
  return { pending, retrying, oldestAt: oldest === null ? null : momentOf(oldest) };
}
