/** Webhooks with how they fare: their health, how their deliveries went of late, and what they have waiting. */
import sql, { type Sql } from 'sql-template-tag';
import { type DeliveryStats, noDeliveries } from '../domain/delivery-stats.ts';
import type { WebhookStatsQuery } from '../domain/stats-input.ts';
import type { StatsWindow } from '../domain/stats-window.ts';
import type { Webhook, WebhookHealth } from '../domain/webhook.ts';
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
  pending: number;
}

export async function listWebhookStats(
  db: Queryable,
  accountId: string,
  query: WebhookStatsQuery,
  window: StatsWindow,
): Promise<Paged<WebhookWithStats>> {
  const found = sql`
    from (
      select *, case
        when not is_active then 'disabled' when consecutive_failures > 0 then 'failing' else 'active'
      end as health
      from webhooks where account_id = ${accountId} and ${matchesSearch(query.search)}
    ) webhook
    where ${query.health}::text is null or health = ${query.health}`;
  const rows = sql`
    select ${webhookColumns}, health, disabled_reason,
           (select count(*)::int from pending_deliveries where webhook_id = webhook.id) as pending
    ${found} order by ${orderOf(query.sort, window)}`;
  const count = sql`select count(*)::int as total ${found}`;
  const { items, total } = await paged(db, { rows, count }, query, (row: HealthRow) => row);
  const stats = await readStatsByWebhook(
    db,
    items.map(({ id }) => id),
    window,
  );
  const none = window.bucketStarts.map(() => noDeliveries);
  return { items: items.map((row) => withStats(row, stats.get(row.id) ?? none)), total };
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

function withStats(row: HealthRow, series: readonly DeliveryStats[]): WebhookWithStats {
  return {
    webhook: webhookOf(row),
    health: row.health,
    disabledReason: row.disabled_reason,
    series,
    pending: row.pending,
  };
}
