/**
 * How busy the process is. While it is, a statement waits for a few milliseconds so that more goes out with it: that costs
 * least when it matters most, and nothing when there is time.
 */
import { type EventLoopUtilization, performance } from 'node:perf_hooks';

export interface Load {
  /** Whether the process had hardly a moment of rest of late. */
  isBusy(): boolean;
  /** Resolves when the next statement should be written; null: at once, as always unless the process is busy and it would be a small one. */
  gathered(itemsWaiting: number): Promise<void> | null;
}

/** Time over which the load is measured. */
const windowMs = 50;
const busyFrom = 0.7;
const gatherMs = 4;
/** A statement of so many is large enough. */
const itemsEnough = 128;

export function createLoad(): Load {
  let since: EventLoopUtilization = performance.eventLoopUtilization();
  let measuredAt = performance.now();
  let isBusy = false;

  function measure(): boolean {
    const now = performance.now();
    if (now - measuredAt < windowMs) return isBusy;
    const current = performance.eventLoopUtilization();
    isBusy = performance.eventLoopUtilization(current, since).utilization >= busyFrom;
    since = current;
    measuredAt = now;
    return isBusy;
  }

  return {
    isBusy: measure,
    gathered(itemsWaiting) {
      if (itemsWaiting >= itemsEnough || !measure()) return null;
      return new Promise((resolve) => {
        setTimeout(resolve, gatherMs);
      });
    },
  };
}
