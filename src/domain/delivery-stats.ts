/**
 * How deliveries went that finished within some time: what became of them, and how long their last attempts took, as a
 * histogram. Times can be added up; percentiles are interpolated in the sum.
 */

/** Milliseconds; an attempt is counted with each bound that it did not exceed. */
export const latencyBoundsMs = [
  10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 120_000,
] as const;

export interface DeliveryStats {
  readonly delivered: number;
  readonly failed: number;
  /** Those whose last attempt has a duration: what was given up without one has none. */
  readonly timed: number;
  /** How many of these took at most as long as the bound of the same place. */
  readonly withinBounds: readonly number[];
}

export interface StatsBucket extends DeliveryStats {
  readonly startsAt: Date;
}

export const noDeliveries: DeliveryStats = {
  delivered: 0,
  failed: 0,
  timed: 0,
  withinBounds: latencyBoundsMs.map(() => 0),
};

export function sumOf(parts: readonly DeliveryStats[]): DeliveryStats {
  const sum = (pick: (part: DeliveryStats) => number) => parts.reduce((total, part) => total + pick(part), 0);
  return {
    delivered: sum(({ delivered }) => delivered),
    failed: sum(({ failed }) => failed),
    timed: sum(({ timed }) => timed),
    withinBounds: latencyBoundsMs.map((_bound, place) => sum(({ withinBounds }) => withinBounds[place] ?? 0)),
  };
}

/** From 0 to 1; null when nothing was finished. */
export function successRate({ delivered, failed }: DeliveryStats): number | null {
  return delivered + failed === 0 ? null : delivered / (delivered + failed);
}

/** Whole milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Null when no attempt was timed. */
export function latencyOf(stats: DeliveryStats): Latency | null {
  if (stats.timed === 0) return null;
  return { p50: percentile(stats, 0.5), p95: percentile(stats, 0.95), p99: percentile(stats, 0.99) };
}

/** Between two bounds attempts are taken to be spread evenly; those beyond the last one, to be as long as it. */
function percentile({ timed, withinBounds }: DeliveryStats, fraction: number): number {
  const rank = fraction * timed;
  let lower = { ms: 0, count: 0 };
  for (const [place, ms] of latencyBoundsMs.entries()) {
    const count = withinBounds[place] ?? 0;
    if (count >= rank) {
      return Math.round(lower.ms + ((ms - lower.ms) * (rank - lower.count)) / (count - lower.count));
    }
    lower = { ms, count };
  }
  return lower.ms;
}
