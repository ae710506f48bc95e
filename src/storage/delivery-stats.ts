/** How deliveries went, as the trigger on the log has counted them since there are statistics; see storage/stats-upkeep. */
import sql, { join, raw, type Sql } from 'sql-template-tag';
import { latencyBoundsMs, noDeliveries, type StatsBucket } from '../domain/delivery-stats.ts';
import type { StatsWindow } from '../domain/stats-window.ts';
import type { Queryable } from './database.ts';
import { type WebhookScope, webhooksWithin } from './webhook-scope.ts';

const histogram = latencyBoundsMs.map((bound) => `within_${bound}_ms`);
/** All that is counted in a row. */
export const statsCounters = ['delivered', 'failed', 'timed', ...histogram];

interface StatsRow {
  starts_at: Date;
  delivered: number;
  failed: number;
  timed: number;
  within_bounds: number[];
}

const sums = sql`
  sum(delivered)::float8 as delivered, sum(failed)::float8 as failed, sum(timed)::float8 as timed,
  array[${join(histogram.map((counter) => sql`sum(${raw(counter)})`))}]::float8[] as within_bounds`;

export async function readDeliveryStats(
  db: Queryable,
  scope: WebhookScope,
  window: StatsWindow,
): Promise<StatsBucket[]> {
  return seriesOf(window, await db.query<StatsRow>(statsStatement(scope, window)));
}

/** Exported for the test of its plan. */
export function statsStatement(scope: WebhookScope, window: StatsWindow): Sql {
  return sql`
    select ${bucketOf(window)} as starts_at, ${sums} from ${rowsWithin(scope, window)} group by 1`;
}

function rowsWithin(scope: WebhookScope, window: StatsWindow): Sql {
  return scope === 'everybody'
    ? sql`(${rowsSince(window)}) stats`
    : rowsOf(sql`(select id from webhooks where ${webhooksWithin(scope)}) webhook`, window);
}

/** Webhook by webhook, which "offset 0" leaves the planner no choice about: what others have is not read. */
function rowsOf(webhooks: Sql, window: StatsWindow): Sql {
  return sql`
    ${webhooks} cross join lateral (${rowsSince(window)} and webhook_id = webhook.id offset 0) stats`;
}

function rowsSince({ from }: StatsWindow): Sql {
  return sql`select * from delivery_stats where starts_at >= ${from}::timestamptz`;
}

/** The same of each of these webhooks. They must be the caller's own. */
export async function readStatsByWebhook(
  db: Queryable,
  webhookIds: readonly string[],
  window: StatsWindow,
): Promise<Map<string, StatsBucket[]>> {
  const rows = await db.query<StatsRow & { webhook_id: string }>(sql`
    select webhook_id, ${bucketOf(window)} as starts_at, ${sums}
    from ${rowsOf(sql`unnest(${webhookIds}::uuid[]) webhook (id)`, window)}
    group by 1, 2`);
  const byWebhook = new Map<string, StatsRow[]>();
  for (const row of rows) byWebhook.set(row.webhook_id, [...(byWebhook.get(row.webhook_id) ?? []), row]);
  return new Map(webhookIds.map((id) => [id, seriesOf(window, byWebhook.get(id) ?? [])]));
}

function bucketOf({ bucketSeconds }: StatsWindow): Sql {
  return sql`date_bin(make_interval(secs => ${bucketSeconds}::int), starts_at, 'epoch')`;
}

/** With every bucket of the window, also where nothing was finished. */
function seriesOf({ bucketStarts }: StatsWindow, rows: readonly StatsRow[]): StatsBucket[] {
  const byStart = new Map(rows.map((row) => [row.starts_at.getTime(), row]));
  return bucketStarts.map((startsAt) => {
    const row = byStart.get(startsAt.getTime());
    if (row === undefined) return { startsAt, ...noDeliveries };
    const { delivered, failed, timed, within_bounds: withinBounds } = row;
    return { startsAt, delivered, failed, timed, withinBounds };
  });
}
