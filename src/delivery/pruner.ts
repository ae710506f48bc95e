/** Makes the log's days ahead of time, drops those past retention, adds up old statistics, and forgets what is kept for a day only. */
import type { Database } from '../storage/database.ts';
import { countUncountedDays } from '../storage/delivery-counts.ts';
import { createPartitions, dropPartitions } from '../storage/partitions.ts';
import { dropPendingOlderThan, forgetExpired, vacuumEmbedded } from '../storage/retention.ts';
import { addUpOldStats, forgetOldStats } from '../storage/stats-upkeep.ts';
import type { Log } from './log.ts';
import { type Periodic, startPeriodic } from './periodic.ts';

const intervalMs = 3_600_000;

export interface PrunerOptions {
  readonly db: Database;
  readonly retentionDays: number;
  readonly log: Log;
}

export function startPruner({ db, retentionDays, log }: PrunerOptions): Periodic {
  return startPeriodic({
    name: 'prune the log',
    intervalMs,
    log,
    async work() {
      await createPartitions(db);
      await countUncountedDays(db);
      const dropped = await dropPartitions(db, retentionDays);
      const lost = await dropPendingOlderThan(db, retentionDays);
      await addUpOldStats(db);
      await forgetOldStats(db, retentionDays);
      await forgetExpired(db);
      await vacuumEmbedded(db);
      if (dropped.length > 0 || lost > 0) log.info({ dropped, lostDeliveries: lost }, 'pruned the log');
      return false;
    },
  });
}
