import type { WebhookStats } from '../../api/schemas.ts';
import { durationText } from '../../parts/duration.ts';
import { Sparkline } from '../../parts/sparkline.tsx';

/** The latency of the last 24 hours by half hour, and in which of them deliveries failed. */
export function LatencySparkline({ item }: { readonly item: WebhookStats }) {
  const { latency_ms: latency, latency_series: series, failed_series: failures } = item;
  if (latency === null) return null;
  const failing = failures.filter((count) => count > 0).length;
  const slowest = Math.max(...series.map((value) => value ?? 0));
  const label = [
    `Latency of the last 24 hours: half took ${durationText(latency.p50)} at most`,
    `half took ${durationText(slowest)} at most in the slowest half hour`,
    failing === 0 ? 'none failed' : `some failed in ${failing} of ${failures.length} half hours`,
  ];
  return <Sparkline values={series} failures={failures} label={label.join(', ')} />;
}
