/** What was delivered over a time, how fast, and what waits: of an account, of a webhook, or of all. */
import { Paper, SimpleGrid, Stack, Title } from '@mantine/core';
import { lazy, type ReactNode } from 'react';
import type { Stats } from '../api/schemas.ts';
import { countText } from '../parts/count-text.ts';
import { durationText } from '../parts/duration.ts';
import { Moment } from '../parts/moment.tsx';
import { rateText } from '../parts/rate-text.ts';
import { PageBoundary } from '../shell/page-boundary.tsx';
import { Figure } from './figure.tsx';

const OutcomeChart = lazy(async () => ({ default: (await import('./charts.tsx')).OutcomeChart }));
const LatencyChart = lazy(async () => ({ default: (await import('./charts.tsx')).LatencyChart }));

export function StatisticsView({
  stats,
  children,
}: {
  readonly stats: Stats;
  readonly children?: ReactNode;
}) {
  const { range, bucket_seconds: bucketSeconds, series } = stats;
  const charts = { range, bucketSeconds, series };
  return (
    <Stack>
      <SimpleGrid cols={{ base: 2, sm: 3, lg: children === undefined ? 5 : 4 }} spacing="sm">
        <Outcomes stats={stats} />
        <Waiting stats={stats} />
        {children}
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Titled title="Deliveries by outcome">
          <OutcomeChart {...charts} />
        </Titled>
        <Titled title="Latency of attempts">
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
      <PageBoundary>{children}</PageBoundary>
    </Paper>
  );
}

function Outcomes({ stats: { totals } }: { readonly stats: Stats }) {
  const { delivered, failed, success_rate: rate, latency_ms: latency } = totals;
  return (
    <>
      <Figure label="Delivered" value={countText(delivered)}>
        {rate === null ? 'nothing ended yet' : `${rateText(rate)} of what ended`}
      </Figure>
      <Figure label="Failed" value={countText(failed)} isBad={failed > 0}>
        after their last attempt
      </Figure>
      <Figure label="Latency" value={latency === null ? 'none' : durationText(latency.p50)}>
        {latency === null
          ? 'nothing was sent'
          : `median; p95 ${durationText(latency.p95)}, p99 ${durationText(latency.p99)}`}
      </Figure>
    </>
  );
}

function Waiting({ stats: { backlog } }: { readonly stats: Stats }) {
  const { pending, retrying, oldest_pending_at: oldestAt } = backlog;
  return (
    <>
      <Figure label="Waiting deliveries" value={countText(pending + retrying)}>
        {countText(pending)} not tried yet, {countText(retrying)} to be retried
      </Figure>
      <Figure label="Oldest waiting" value={<Moment value={oldestAt} none="none" />}>
        {oldestAt === null ? 'nothing waits' : 'since it was published'}
      </Figure>
    </>
  );
}
