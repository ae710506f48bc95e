import { Anchor, Box, Table, Text, VisuallyHidden } from '@mantine/core';
import { memo } from 'react';
import type { Delivery } from '../../api/deliveries.ts';
import { durationText } from '../../parts/duration.ts';
import { Moment } from '../../parts/moment.tsx';
import { DeliveryStatus } from './delivery-status.tsx';
import classes from './delivery-table.module.css';

/** By which the keyboard finds the row. */
export function rowLinkId(id: string): string {
  return `delivery-${id}`;
}

/** Of a hundred rows only those that changed are made anew. */
export const DeliveryRow = memo(function DeliveryRow({
  delivery,
  address,
  isNew,
  isOpened,
  isStop,
  onFocus,
}: {
  readonly delivery: Delivery;
  readonly address: string;
  readonly isNew: boolean;
  readonly isOpened: boolean;
  /** Of the Tab key. */
  readonly isStop: boolean;
  readonly onFocus: (id: string) => void;
}) {
  const { id, event_type, delivery_status, http_status_code, error_message } = delivery;
  const error = error_message !== null && (
    <Text size="sm" className={classes.error} lineClamp={1} title={error_message}>
      {error_message}
    </Text>
  );
  return (
    <Table.Tr className={classes.row} data-arrived={isNew || undefined} data-opened={isOpened || undefined}>
      <Table.Td>
        <DeliveryStatus status={delivery_status} />
      </Table.Td>
      <Table.Td>
        <Anchor
          id={rowLinkId(id)}
          href={`#${address}`}
          tabIndex={isStop ? 0 : -1}
          onFocus={() => onFocus(id)}
          c="var(--mantine-color-text)"
          fw={500}
          fz="sm"
        >
          {event_type}
        </Anchor>
        {isNew && <VisuallyHidden> (new)</VisuallyHidden>}
        <Text size="sm" c="dimmed" hiddenFrom="sm" component="div">
          <Moment value={delivery.created_at} />
        </Text>
        <Box hiddenFrom="md">{error}</Box>
      </Table.Td>
      <Table.Td visibleFrom="sm" className={classes.moment}>
        <Moment value={delivery.created_at} />
      </Table.Td>
      <Table.Td visibleFrom="sm">{delivery.delivery_attempts}</Table.Td>
      <Table.Td visibleFrom="sm">{http_status_code ?? '–'}</Table.Td>
      <Table.Td visibleFrom="lg">{tookText(delivery)}</Table.Td>
      <Table.Td visibleFrom="md" maw={420}>
        {error}
      </Table.Td>
    </Table.Tr>
  );
});

/** From the first attempt to the end, waits between attempts included. */
function tookText({ processing_started_at, processing_completed_at }: Delivery): string {
  if (processing_started_at === null || processing_completed_at === null) return '–';
  return durationText(Date.parse(processing_completed_at) - Date.parse(processing_started_at));
}
