/** What was delivered over a time, how fast, and what waits: of an account, of a webhook, or of all. */
import { Loader, Paper, SimpleGrid, Stack, Title } from '@mantine/core';
import { lazy, type ReactNode, Suspense } from 'react';
import type { Stats } from '../api/schemas.ts';
import { Moment } from '../parts/moment.tsx';
import { FigureCards } from './figure-cards.tsx';
import { countText, durationText, shareText } from './figures.ts';

const OutcomeChart = lazy(async () => ({ default: (await import('./charts.tsx')).OutcomeChart }));
const LatencyChart = lazy(async () => ({ default: (await import('./charts.tsx')).LatencyChart }));

export function StatisticsView({ stats }: { readonly stats: Stats }) {
  const { range, bucket_seconds: bucketSeconds, series } = stats;
  const charts = { range, bucketSeconds, series };
  return (
    <Stack>
      <FigureCards figures={figuresOf(stats)} />
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Titled title="Deliveries by outcome">
          <OutcomeChart {...charts} />
        </Titled>
        <Titled title="Duration of attempts">
          <LatencyChart {...charts} />
        </Titled>
      </SimpleGrid>
    </Stack>
  );
}

function Titled({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h5" mb="sm">
        {title}
      </Title>
      <Suspense fallback={<Loader aria-label="Loading the chart" />}>{children}</Suspense>
    </Paper>
  );
}

function figuresOf({ totals, backlog }: Stats) {
  const waiting = backlog.pending + backlog.retrying;
  return [
    { label: 'Delivered', value: countText(totals.delivered) },
    {
      label: 'Failed',
      value: countText(totals.failed),
      isBad: totals.failed > 0,
      hint: 'after their last attempt',
    },
    { label: 'Success rate', value: shareText(totals.success_rate) },
    {
      label: 'Duration, p95',
      value: totals.latency_ms === null ? '–' : durationText(totals.latency_ms.p95),
      hint: 'of the last attempts',
    },
    { label: 'Waiting', value: countText(waiting), hint: `${countText(backlog.retrying)} to be tried again` },
    { label: 'Oldest waiting', value: <Moment value={backlog.oldest_pending_at} none="–" /> },
  ];
}
