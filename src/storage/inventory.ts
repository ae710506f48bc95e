/** How much there is of what the platform and its customers manage. */
import sql from 'sql-template-tag';
import type { Queryable } from './database.ts';

export interface Inventory {
  readonly accounts: number;
  readonly activeWebhooks: number;
  readonly disabledWebhooks: number;
}

export async function readInventory(db: Queryable): Promise<Inventory> {
  const [row] = await db.query<Inventory>(sql`
    select (select count(*)::int from accounts) as accounts,
           count(*) filter (where is_active)::int as "activeWebhooks",
           count(*) filter (where not is_active)::int as "disabledWebhooks"
    from webhooks`);
  if (row === undefined) throw new Error('nothing was counted');
  return row;
}
