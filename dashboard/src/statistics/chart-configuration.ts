import type { MantineTheme } from '@mantine/core';
import type { ChartConfiguration, ChartDataset } from 'chart.js';

interface ChartSeries {
  readonly label: string;
  /** Of the theme: its name, and its shade on light and on dark. */
  readonly color: { readonly name: string; readonly light: number; readonly dark: number };
  /** One a bucket; null: nothing was measured in it. */
  readonly values: readonly (number | null)[];
}

export interface ChartContent {
  readonly kind: 'bar' | 'line';
  /** What it shows, for the ear. */
  readonly title: string;
  /** One a bucket: short, for the axis, and whole, for the tooltip and the table. */
  readonly buckets: readonly { readonly short: string; readonly whole: string }[];
  readonly series: readonly ChartSeries[];
  readonly formatValue: (value: number) => string;
}

type ChartKind = ChartContent['kind'];

export function configurationOf(
  { kind, buckets, series, formatValue }: ChartContent,
  { colors }: MantineTheme,
  scheme: 'light' | 'dark',
): ChartConfiguration<ChartKind, (number | null)[]> {
  const shadeOf = (name: string, shade: number) => colors[name]?.[shade] ?? '';
  const text = scheme === 'light' ? shadeOf('gray', 7) : shadeOf('dark', 1);
  const lines = scheme === 'light' ? shadeOf('gray', 2) : shadeOf('dark', 4);
  const datasets = series.map(({ label, color, values }): ChartDataset<ChartKind, (number | null)[]> => {
    const shade = shadeOf(color.name, color[scheme]);
    return { label, data: [...values], backgroundColor: shade, borderColor: shade, ...looksOf[kind] };
  });
  return {
    type: kind,
    data: { labels: buckets.map(({ short }) => short), datasets },
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: 'index', intersect: false },
      scales: {
        x: {
          stacked: kind === 'bar',
          ticks: { color: text, maxRotation: 0, autoSkipPadding: 16 },
          grid: { display: false },
        },
        y: {
          stacked: kind === 'bar',
          beginAtZero: true,
          ticks: {
            color: text,
            maxTicksLimit: 6,
            ...(kind === 'bar' ? { precision: 0 } : {}),
            callback: (value) => formatValue(Number(value)),
          },
          grid: { color: lines },
        },
      },
      plugins: {
        legend: { position: 'bottom', labels: { color: text, boxWidth: 12, boxHeight: 12 } },
        tooltip: {
          callbacks: {
            title: ([first]) => buckets[first?.dataIndex ?? 0]?.whole ?? '',
            label: ({ dataset, parsed }) => `${dataset.label}: ${formatValue(Number(parsed.y))}`,
          },
        },
      },
    },
  };
}

const looksOf = {
  bar: { borderWidth: 0, categoryPercentage: 0.9, barPercentage: 1 },
  // Over buckets without a measurement nothing is drawn: a line there would claim one.
  line: { borderWidth: 2, pointRadius: 2, tension: 0.25, spanGaps: false },
};
