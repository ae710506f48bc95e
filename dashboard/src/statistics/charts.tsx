/** The two charts of a time series of deliveries. */
import { useMemo } from 'react';
import type { StatsRange, StatsSeries } from '../api/schemas.ts';
import { countText } from '../parts/count-text.ts';
import { durationText } from '../parts/duration.ts';
import { bucketLabels } from './bucket-labels.ts';
import { Chart } from './chart.tsx';

export interface SeriesProps {
  readonly range: StatsRange;
  readonly bucketSeconds: number;
  readonly series: StatsSeries;
}

const green = { name: 'teal', light: 7, dark: 6 };
const red = { name: 'red', light: 8, dark: 6 };
const blues = [
  { name: 'blue', light: 4, dark: 3 },
  { name: 'blue', light: 7, dark: 5 },
  { name: 'indigo', light: 9, dark: 7 },
] as const;

export function OutcomeChart({ range, bucketSeconds, series }: SeriesProps) {
  const content = useMemo(
    () => ({
      kind: 'bar' as const,
      title: 'Deliveries by outcome',
      buckets: bucketLabels(range, starts(series), bucketSeconds),
      series: [
        { label: 'Delivered', color: green, values: series.map(({ delivered }) => delivered) },
        { label: 'Failed', color: red, values: series.map(({ failed }) => failed) },
      ],
      formatValue: countText,
    }),
    [range, bucketSeconds, series],
  );
  return <Chart content={content} />;
}

export function LatencyChart({ range, bucketSeconds, series }: SeriesProps) {
  const content = useMemo(
    () => ({
      kind: 'line' as const,
      title: 'Latency of attempts',
      buckets: bucketLabels(range, starts(series), bucketSeconds),
      series: (['p50', 'p95', 'p99'] as const).map((percentile, index) => ({
        label: percentile,
        color: blues[index] ?? blues[0],
        values: series.map(({ latency_ms }) => latency_ms?.[percentile] ?? null),
      })),
      formatValue: durationText,
    }),
    [range, bucketSeconds, series],
  );
  return <Chart content={content} />;
}

function starts(series: StatsSeries): string[] {
  return series.map(({ starts_at }) => starts_at);
}
