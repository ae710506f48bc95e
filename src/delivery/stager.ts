/**
 * Makes ready what has waited for its time: retries that are due, and what a dead process held. Looks twice a second,
 * and earlier for a retry of this process that is due earlier.
 */
import type { Lane } from '../domain/lane.ts';
import type { Database } from '../storage/database.ts';
import { endLeases } from '../storage/leases.ts';
import type { Log } from './log.ts';
import { startPeriodic } from './periodic.ts';

export interface Stager {
  /** Something is due after this time. */
  wakeIn(milliseconds: number): void;
  wake(): void;
  stop(): Promise<void>;
}

export interface StagerOptions {
  readonly db: Database;
  readonly onReady: (lanes: readonly Lane[]) => void;
  readonly log: Log;
}

const intervalMs = 500;
/** Few enough to hold no lock for long. */
const endedAtOnce = 1000;

export function startStager({ db, onReady, log }: StagerOptions): Stager {
  const timers = new Set<NodeJS.Timeout>();
  const periodic = startPeriodic({
    name: 'make due deliveries ready',
    intervalMs,
    log,
    async work() {
      const { count, lanes } = await endLeases(db, endedAtOnce);
      if (lanes.length > 0) onReady(lanes);
      return count === endedAtOnce;
    },
  });
  return {
    wake: periodic.wake,
    wakeIn(milliseconds) {
      // Longer waits are found by looking, to half a second.
      if (milliseconds >= intervalMs) return;
      const timer = setTimeout(() => {
        timers.delete(timer);
        periodic.wake();
      }, milliseconds);
      timers.add(timer);
    },
    stop() {
      for (const timer of timers) clearTimeout(timer);
      return periodic.stop();
    },
  };
}
