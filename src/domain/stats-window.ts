/** The times that statistics can be asked for, each in buckets of equal length of which the last one is not over yet. */

export const statsRanges = ['1h', '24h', '7d', '30d'] as const;
export type StatsRange = (typeof statsRanges)[number];
export const defaultStatsRange: StatsRange = '24h';

const minute = 60;
const hour = 60 * minute;
const shapes: Record<StatsRange, { readonly buckets: number; readonly bucketSeconds: number }> = {
  '1h': { buckets: 12, bucketSeconds: 5 * minute },
  '24h': { buckets: 48, bucketSeconds: 30 * minute },
  '7d': { buckets: 28, bucketSeconds: 6 * hour },
  '30d': { buckets: 30, bucketSeconds: 24 * hour },
};

export interface Coarsening {
  /** Of what is older than that, */
  readonly ageSeconds: number;
  /** nobody asks for anything finer than that. */
  readonly unitSeconds: number;
}

/** What each range leaves to the next longer one, youngest first. A unit is a whole number of those before. */
export const coarsenings: readonly Coarsening[] = statsRanges.flatMap((range, index) => {
  const next = statsRanges[index + 1];
  if (next === undefined) return [];
  const { buckets, bucketSeconds } = shapes[range];
  return [{ ageSeconds: buckets * bucketSeconds, unitSeconds: shapes[next].bucketSeconds }];
});

export interface StatsWindow {
  readonly range: StatsRange;
  /** The beginning of the first bucket. */
  readonly from: Date;
  /** The moment of asking: within the last bucket. */
  readonly to: Date;
  readonly bucketSeconds: number;
  /** The beginnings of all buckets, oldest first: whole multiples of their length, in UTC. */
  readonly bucketStarts: readonly Date[];
}

export function windowAt(range: StatsRange, now: Date): StatsWindow {
  const { buckets, bucketSeconds } = shapes[range];
  const bucketMs = bucketSeconds * 1000;
  const fromMs = (Math.floor(now.getTime() / bucketMs) - buckets + 1) * bucketMs;
  const bucketStarts = Array.from({ length: buckets }, (_none, index) => new Date(fromMs + index * bucketMs));
  return { range, from: new Date(fromMs), to: now, bucketSeconds, bucketStarts };
}
