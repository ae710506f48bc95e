/**
 * Keeps the statistics small: what is old is added up, first into its hour and then into its day, and forgotten together
 * with the log. Adding up changes no sum.
 */
import sql from 'sql-template-tag';
import { changingTables } from './changing-tables.ts';
import type { Database, Queryable } from './database.ts';
import { statsCounters } from './delivery-stats.ts';
import { retentionCutoff } from './partitions.ts';

/** A range is asked for in buckets of which each holds what was added up whole; see domain/stats-window. */
const steps = [
  { unit: 'hour', afterHours: 48 },
  { unit: 'day', afterHours: 8 * 24 },
] as const;

/** One process at a time: two that move the same rows in different orders could wait for each other. */
export async function addUpOldStats(db: Database): Promise<void> {
  await changingTables(db, async (transaction) => {
    for (const step of steps) await transaction.execute(addUpScript(step));
  });
}

/** The row at the beginning of the hour or day stays, and takes in what follows it. */
function addUpScript({ unit, afterHours }: (typeof steps)[number]): string {
  const columns = statsCounters.join(', ');
  const sums = statsCounters.map((counter) => `sum(${counter})`).join(', ');
  const additions = statsCounters.map((counter) => `${counter} = stats.${counter} + excluded.${counter}`);
  return `
    with finer as (
      delete from delivery_stats
      where starts_at < date_trunc('${unit}', clock_now() - interval '${afterHours} hours', 'UTC')
        and starts_at > date_trunc('${unit}', starts_at, 'UTC')
      returning *
    )
    insert into delivery_stats as stats (webhook_id, starts_at, ${columns})
    select webhook_id, date_trunc('${unit}', starts_at, 'UTC'), ${sums} from finer group by 1, 2
    on conflict (webhook_id, starts_at) do update set ${additions.join(', ')}`;
}

/** With the days of the log, by the time at which deliveries were finished. */
export async function forgetOldStats(db: Database, retentionDays: number): Promise<void> {
  const cutoff = await retentionCutoff(db, retentionDays);
  await db.execute(`delete from delivery_stats where starts_at < '${cutoff.toISOString()}'`);
}

/**
 * What deleted webhooks left behind. Whoever is adding to a row now leaves it to the next round.
 * @returns how many; call again while it is not 0
 */
export async function eraseStats(db: Queryable, limit: number): Promise<number> {
  const rows = await db.query(sql`
    delete from delivery_stats stats
    using (
      select found.* from erasures cross join lateral (
        select webhook_id, starts_at from delivery_stats where webhook_id = erasures.id
        limit ${limit} for update skip locked
      ) found where subject = 'webhook' limit ${limit}
    ) doomed
    where stats.webhook_id = doomed.webhook_id and stats.starts_at = doomed.starts_at
    returning stats.webhook_id`);
  return rows.length;
}
