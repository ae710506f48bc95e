/** Webhooks with how they fare: their health, how their deliveries went of late, and what they have waiting. */
import sql, { type Sql } from 'sql-template-tag';
import type { DeliveryStats } from '../domain/delivery-stats.ts';
import type { WebhookStatsQuery } from '../domain/stats-input.ts';
import type { StatsWindow } from '../domain/stats-window.ts';
import type { Webhook, WebhookHealth } from '../domain/webhook.ts';
import { countUnfinished } from './backlog.ts';
import type { Queryable } from './database.ts';
import { readStatsByWebhook } from './delivery-stats.ts';
import { type Paged, paged } from './page.ts';
import { matchesSearch, type WebhookRow, webhookColumns, webhookOf } from './webhooks.ts';

export interface WebhookWithStats {
  readonly webhook: Webhook;
  readonly health: WebhookHealth;
  /** Why it is disabled; null while it is not. */
  readonly disabledReason: string | null;
  /** One for each bucket of the window. */
  readonly series: readonly DeliveryStats[];
  /** Its unfinished deliveries. */
  readonly pending: number;
}

interface HealthRow extends WebhookRow {
  health: WebhookHealth;
  disabled_reason: string | null;
}

export async function listWebhookStats(
  db: Queryable,
  accountId: string,
  query: WebhookStatsQuery,
  window: StatsWindow,
): Promise<Paged<WebhookWithStats>> {
  const found = sql`
    from ${withHealth(sql`account_id = ${accountId} and ${matchesSearch(query.search)}`)}
    where ${query.health}::text is null or health = ${query.health}`;
  const rows = sql`
    select ${webhookColumns}, health, disabled_reason ${found} order by ${orderOf(query.sort, window)}`;
  const count = sql`select count(*)::int as total ${found}`;
  const { items, total } = await paged(db, { rows, count }, query, (row: HealthRow) => row);
  return { items: await withStats(db, items, window), total };
}

/** Null: the account has no such webhook. */
export async function findWebhookStats(
  db: Queryable,
  accountId: string,
  id: string,
  window: StatsWindow,
): Promise<WebhookWithStats | null> {
  const found = withHealth(sql`account_id = ${accountId} and id = ${id}`);
  const rows = await db.query<HealthRow>(
    sql`select ${webhookColumns}, health, disabled_reason from ${found}`,
  );
  const [item = null] = await withStats(db, rows, window);
  return item;
}

function withHealth(condition: Sql): Sql {
  return sql`
    (
      select *, case
        when not is_active then 'disabled' when consecutive_failures > 0 then 'failing' else 'active'
      end as health
      from webhooks where ${condition}
    ) webhook`;
}

async function withStats(
  db: Queryable,
  rows: readonly HealthRow[],
  window: StatsWindow,
): Promise<WebhookWithStats[]> {
  const ids = rows.map(({ id }) => id);
  const stats = await readStatsByWebhook(db, ids, window);
  const unfinished = await countUnfinished(db, ids);
  return rows.map((row) => ({
    webhook: webhookOf(row),
    health: row.health,
    disabledReason: row.disabled_reason,
    series: stats.get(row.id) ?? [],
    pending: unfinished.get(row.id) ?? 0,
  }));
}

/** What failed within the window is summed up of those that are failing only. */
function orderOf(sort: WebhookStatsQuery['sort'], { from }: StatsWindow): Sql {
  if (sort === 'newest') return sql`id desc`;
  return sql`
    array_position(array['failing', 'disabled', 'active'], health),
    consecutive_failures desc,
    case when health = 'failing' then (
      select sum(failed) from delivery_stats where webhook_id = webhook.id and starts_at >= ${from}::timestamptz
    ) end desc nulls last,
    id desc`;
}
