import { Anchor, Paper, Table, Text, Title } from '@mantine/core';
import type { StatsRange, WebhookStats } from '../../api/schemas.ts';
import { useWebhookStats } from '../../api/stats.ts';
import { countText } from '../../parts/count-text.ts';
import { durationText } from '../../parts/duration.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { HealthBadge } from '../../parts/health-badge.tsx';
import { Moment } from '../../parts/moment.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { rateText } from '../../parts/rate-text.ts';

const shownMax = 10;

/** The webhooks that need somebody, before those that do not. */
export function FailingFirst({ range }: { readonly range: StatsRange }) {
  const webhooks = useWebhookStats({ range, page: 1, page_size: shownMax, sort: 'failing' });
  return (
    <QueryView query={webhooks} what="webhooks">
      {(list) =>
        list.webhooks.length === 0 ? (
          <EmptyState
            title="No webhooks yet"
            action={<Anchor href="#/webhooks/new">Create the first one</Anchor>}
          >
            A webhook is an address of yours that is told what happens to your messages. Once there is one,
            what is delivered to it is counted here.
          </EmptyState>
        ) : (
          <Paper withBorder p="md">
            <Title order={2} size="h5" mb="sm">
              Webhooks, failing first
            </Title>
            <WebhookTable webhooks={list.webhooks} />
            {list.pagination.has_more && (
              <Anchor href="#/webhooks" size="sm">
                All {countText(list.pagination.total_count)} webhooks
              </Anchor>
            )}
          </Paper>
        )
      }
    </QueryView>
  );
}

function WebhookTable({ webhooks }: { readonly webhooks: readonly WebhookStats[] }) {
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Webhook</Table.Th>
            <Table.Th>Health</Table.Th>
            <Table.Th ta="right">Failed</Table.Th>
            <Table.Th ta="right">Success rate</Table.Th>
            <Table.Th ta="right">Latency, p95</Table.Th>
            <Table.Th ta="right">Waiting</Table.Th>
            <Table.Th>Last delivered</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {webhooks.map((one) => (
            <WebhookRow key={one.webhook.id} one={one} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function WebhookRow({ one }: { readonly one: WebhookStats }) {
  const { webhook, latency_ms: latency } = one;
  return (
    <Table.Tr>
      <Table.Td maw={320}>
        <Anchor href={`#/webhooks/${webhook.id}`} fw={600}>
          {webhook.display_name}
        </Anchor>
        <Text size="sm" c="dimmed" truncate>
          {one.disabled_reason ?? webhook.endpoint_url}
        </Text>
      </Table.Td>
      <Table.Td>
        <HealthBadge health={one.health} />
      </Table.Td>
      <Table.Td ta="right">{countText(one.failed)}</Table.Td>
      <Table.Td ta="right">{one.success_rate === null ? '–' : rateText(one.success_rate)}</Table.Td>
      <Table.Td ta="right">{latency === null ? '–' : durationText(latency.p95)}</Table.Td>
      <Table.Td ta="right">{countText(one.pending)}</Table.Td>
      <Table.Td>
        <Moment value={webhook.last_successful_delivery_at} />
      </Table.Td>
    </Table.Tr>
  );
}
