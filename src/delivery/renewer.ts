/** Renews the leases of what takes longer than most, and notes which webhooks are slow. */
import type { Database } from '../storage/database.ts';
import { renewLeases } from '../storage/leases.ts';
import type { Log } from './log.ts';
import { type Periodic, startPeriodic } from './periodic.ts';
import type { Slots } from './slots.ts';

export interface RenewerOptions {
  readonly db: Database;
  readonly slots: Pick<Slots, 'noteSlow' | 'leasedFor' | 'renewed'>;
  /** Milliseconds, of a clock that is never set. */
  readonly clock: { now(): number };
  readonly log: Log;
}

/** A lease is renewed when it is that old, at the latest half a second later: well before its end. */
const renewAfterMs = 1000;
const intervalMs = 500;

export function startRenewer({ db, slots, clock, log }: RenewerOptions): Pick<Periodic, 'stop'> {
  return startPeriodic({
    name: 'renew leases',
    intervalMs,
    log,
    async work() {
      slots.noteSlow();
      const now = clock.now();
      const due = slots.leasedFor(renewAfterMs);
      if (due.length === 0) return false;
      await renewLeases(db, due);
      slots.renewed(due, now);
      return false;
    },
  });
}
