/** A chart on a canvas, in the colours of the page, and the same figures as a table for those who do not see it. */
import { Box, useComputedColorScheme, useMantineTheme, VisuallyHidden } from '@mantine/core';
import {
  BarController,
  BarElement,
  CategoryScale,
  Chart as ChartJs,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
} from 'chart.js';
import { useEffect, useRef } from 'react';
import { type ChartContent, configurationOf } from './chart-configuration.ts';

ChartJs.register(
  BarController,
  BarElement,
  CategoryScale,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
);
ChartJs.defaults.font.family = 'system-ui, sans-serif';

const heightPx = 240;

export function Chart({ content }: { readonly content: ChartContent }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useMantineTheme();
  const scheme = useComputedColorScheme();
  useEffect(() => {
    if (canvas.current === null) return;
    const chart = new ChartJs(canvas.current, configurationOf(content, theme, scheme));
    return () => chart.destroy();
  }, [content, theme, scheme]);
  return (
    <Box h={heightPx} pos="relative">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`${content.title}, as a chart; a table with its figures follows`}
      />
      <VisuallyHidden>
        <ChartTable content={content} />
      </VisuallyHidden>
    </Box>
  );
}

function ChartTable({
  content: { title, buckets, series, formatValue },
}: {
  readonly content: ChartContent;
}) {
  return (
    <table>
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col">Time</th>
          {series.map(({ label }) => (
            <th key={label} scope="col">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {buckets.map(({ whole }, index) => (
          <tr key={whole}>
            <th scope="row">{whole}</th>
            {series.map(({ label, values }) => {
              const value = values[index] ?? null;
              return <td key={label}>{value === null ? 'none' : formatValue(value)}</td>;
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
