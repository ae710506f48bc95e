import { type EventLoopUtilization, performance } from 'node:perf_hooks';

/** Time over which the load is measured. */
const windowMs = 50;
const busyFrom = 0.7;

/** Whether the process has hardly a moment of rest, as it was in the last moments. */
export function createLoad(): () => boolean {
  let since: EventLoopUtilization = performance.eventLoopUtilization();
  let measuredAt = performance.now();
  let isBusy = false;
  return () => {
    const now = performance.now();
    if (now - measuredAt < windowMs) return isBusy;
    const current = performance.eventLoopUtilization();
    isBusy = performance.eventLoopUtilization(current, since).utilization >= busyFrom;
    since = current;
    measuredAt = now;
    return isBusy;
  };
}
