/**
 * Keeps the statistics small: what no short range reaches any more is added up to the buckets of the next longer one, and
 * forgotten together with the log. Adding up changes no sum.
 */
import sql from 'sql-template-tag';
import { type Coarsening, coarsenings } from '../domain/stats-window.ts';
import { changingTables } from './changing-tables.ts';
import type { Database, Queryable } from './database.ts';
import { statsCounters } from './delivery-stats.ts';
import { retentionCutoff } from './partitions.ts';

/** For those who read what they asked for a while ago. */
const graceSeconds = 3600;

/** One process at a time: two that move the same rows in different orders could wait for each other. */
export async function addUpOldStats(db: Database): Promise<void> {
  await changingTables(db, async (transaction) => {
    for (const coarsening of coarsenings) await transaction.execute(addUpScript(coarsening));
  });
}

/** The row at the beginning of the longer time stays, and takes in what follows it. */
function addUpScript({ ageSeconds, unitSeconds }: Coarsening): string {
  const unitOf = (moment: string) => `date_bin('${unitSeconds} seconds', ${moment}, 'epoch')`;
  const columns = statsCounters.join(', ');
  const sums = statsCounters.map((counter) => `sum(${counter})`).join(', ');
  const additions = statsCounters.map((counter) => `${counter} = stats.${counter} + excluded.${counter}`);
  return `
    with finer as (
      delete from delivery_stats
      where starts_at < ${unitOf(`clock_now() - interval '${ageSeconds + graceSeconds} seconds'`)}
        and starts_at > ${unitOf('starts_at')}
      returning *
    )
    insert into delivery_stats as stats (webhook_id, starts_at, ${columns})
    select webhook_id, ${unitOf('starts_at')}, ${sums} from finer group by 1, 2
    on conflict (webhook_id, starts_at) do update set ${additions.join(', ')}`;
}

/** With the days of the log, by the time at which deliveries were finished. */
export async function forgetOldStats(db: Database, retentionDays: number): Promise<void> {
  const cutoff = await retentionCutoff(db, retentionDays);
  await changingTables(db, async (transaction) => {
    await transaction.execute(`delete from delivery_stats where starts_at < '${cutoff.toISOString()}'`);
  });
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
