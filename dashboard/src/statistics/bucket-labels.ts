import type { StatsRange } from '../api/schemas.ts';

const short: Record<StatsRange, Intl.DateTimeFormatOptions> = {
  '1h': { hour: '2-digit', minute: '2-digit' },
  '24h': { hour: '2-digit', minute: '2-digit' },
  '7d': { weekday: 'short', hour: '2-digit' },
  '30d': { month: 'short', day: 'numeric' },
};

/** The labels of buckets, in the time zone of whoever looks. */
export function bucketLabels(range: StatsRange, startsAt: readonly string[], bucketSeconds: number) {
  const onAxis = new Intl.DateTimeFormat(undefined, short[range]);
  const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  return startsAt.map((text) => {
    const start = new Date(text);
    const end = new Date(start.getTime() + bucketSeconds * 1000);
    return { short: onAxis.format(start), whole: whole.formatRange(start, end) };
  });
}
