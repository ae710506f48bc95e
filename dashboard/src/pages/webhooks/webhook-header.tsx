import { Alert, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { WebhookStats } from '../../api/schemas.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { durationText } from '../../parts/duration.ts';
import { HealthBadge } from '../../parts/health-badge.tsx';
import { Moment } from '../../parts/moment.tsx';
import { rateText } from '../../parts/rate-text.ts';
import { ailmentOf, remedyOf } from './health.ts';
import { LatencySparkline } from './latency-sparkline.tsx';

/** Where it delivers to, how it is, and why it is not well. */
export function WebhookHeader({ item }: { readonly item: WebhookStats }) {
  const { webhook, health } = item;
  const ailment = ailmentOf(item);
  return (
    <Stack gap="md" mb="lg">
      <Group gap="sm">
        <HealthBadge health={health} />
        <Text ff="monospace" size="sm" style={{ overflowWrap: 'anywhere' }}>
          {webhook.endpoint_url}
        </Text>
        <CopyButton value={webhook.endpoint_url} what="URL" />
      </Group>
      {ailment !== null && (
        <Alert color={health === 'disabled' ? 'gray' : 'orange'} title={ailment} p="sm">
          <Text size="sm">{remedyOf(health)}</Text>
        </Alert>
      )}
      <Facts item={item} />
    </Stack>
  );
}

function Facts({ item }: { readonly item: WebhookStats }) {
  const { webhook, delivered, failed, latency_ms: latency } = item;
  return (
    <SimpleGrid component="dl" cols={{ base: 2, sm: 3, lg: 6 }} m={0} spacing="md">
      <Fact name="Success, 24 h">
        {item.success_rate === null
          ? 'no deliveries'
          : `${rateText(item.success_rate)} of ${(delivered + failed).toLocaleString()}`}
      </Fact>
      <Fact name="Latency, 24 h">
        <LatencySparkline item={item} />
        {latency === null ? '–' : `${durationText(latency.p50)} (p50)`}
        {latency !== null && (
          <Text size="sm" c="dimmed">
            {durationText(latency.p95)} (p95)
          </Text>
        )}
      </Fact>
      <Fact name="Last delivery">
        <Moment value={webhook.last_delivery_attempt_at} />
      </Fact>
      <Fact name="Last success">
        <Moment value={webhook.last_successful_delivery_at} />
      </Fact>
      <Fact name="Failures in a row">{webhook.consecutive_failures.toLocaleString()}</Fact>
      <Fact name="Waiting">{item.pending.toLocaleString()}</Fact>
    </SimpleGrid>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <Text component="dt" size="sm" c="dimmed">
        {name}
      </Text>
      <Text component="dd" m={0} fw={600}>
        {children}
      </Text>
    </div>
  );
}
