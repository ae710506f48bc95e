import { Anchor, Table, Text } from '@mantine/core';
import type { WebhookStats } from '../../api/schemas.ts';
import { durationText } from '../../parts/duration.ts';
import { HealthBadge } from '../../parts/health-badge.tsx';
import { Moment } from '../../parts/moment.tsx';
import { rateText } from '../../parts/rate-text.ts';
import { ailmentOf } from './health.ts';
import { LatencySparkline } from './latency-sparkline.tsx';
import classes from './webhook-table.module.css';

/** On a narrow screen a row has its name and its health; what else there is to say stands below the name. */
export function WebhookTable({ items }: { readonly items: readonly WebhookStats[] }) {
  return (
    <Table highlightOnHover layout="fixed">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Webhook</Table.Th>
          <Table.Th w={110}>Health</Table.Th>
          <Table.Th w={130} visibleFrom="sm">
            Success, 24 h
          </Table.Th>
          <Table.Th w={150} visibleFrom="md">
            Latency, 24 h
          </Table.Th>
          <Table.Th w={130} visibleFrom="sm">
            Last delivery
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {items.map((item) => (
          <WebhookRow key={item.webhook.id} item={item} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

function WebhookRow({ item }: { readonly item: WebhookStats }) {
  const { webhook, health, latency_ms: latency } = item;
  const ailment = ailmentOf(item);
  return (
    <Table.Tr className={classes.row}>
      <Table.Td>
        <Anchor href={`#/webhooks/${webhook.id}`} fw={600} c="inherit" className={classes.link}>
          {webhook.display_name}
        </Anchor>
        <Text size="sm" c="dimmed" truncate title={webhook.endpoint_url}>
          {webhook.endpoint_url}
        </Text>
        {ailment !== null && <Text size="sm">{ailment}</Text>}
        <Text size="sm" c="dimmed" hiddenFrom="sm">
          {item.success_rate === null ? '' : `${rateText(item.success_rate)} delivered · `}
          <Moment value={webhook.last_delivery_attempt_at} none="no delivery yet" />
        </Text>
      </Table.Td>
      <Table.Td>
        <HealthBadge health={health} />
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <SuccessRate item={item} />
      </Table.Td>
      <Table.Td visibleFrom="md">
        <LatencySparkline item={item} />
        <Text size="sm" c="dimmed">
          {latency === null ? '–' : `${durationText(latency.p50)} (p50)`}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <Moment value={webhook.last_delivery_attempt_at} />
      </Table.Td>
    </Table.Tr>
  );
}

function SuccessRate({ item: { success_rate: rate, delivered, failed } }: { readonly item: WebhookStats }) {
  if (rate === null) return <Text c="dimmed">–</Text>;
  return (
    <>
      <Text fw={600}>{rateText(rate)}</Text>
      <Text size="sm" c="dimmed">
        {delivered.toLocaleString()} of {(delivered + failed).toLocaleString()}
      </Text>
    </>
  );
}
