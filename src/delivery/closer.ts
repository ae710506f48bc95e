/** Fails what disabled webhooks left behind, so that nothing stays pending for ever, and erases what deleted ones did. */
import type { Database } from '../storage/database.ts';
import { failPendingOfInactive } from '../storage/deliveries.ts';
import { eraseSome } from '../storage/erasures.ts';
import type { Log } from './log.ts';
import { type Periodic, startPeriodic } from './periodic.ts';

const intervalMs = 2000;
/** Small enough to hold no lock for long. */
const rowsAtOnce = 1000;

export function startCloser(db: Database, log: Log): Periodic {
  return startPeriodic({
    name: 'close deliveries of disabled and deleted webhooks',
    intervalMs,
    log,
    async work() {
      const closed = await failPendingOfInactive(db, rowsAtOnce);
      const erased = await eraseSome(db, rowsAtOnce);
      return closed === rowsAtOnce || erased > 0;
    },
  });
}
