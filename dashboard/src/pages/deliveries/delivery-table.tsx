import { Table, VisuallyHidden } from '@mantine/core';
import { type KeyboardEvent, type MouseEvent, useEffect, useRef, useState } from 'react';
import type { Delivery } from '../../api/deliveries.ts';
import { DeliveryRow, rowLinkId } from './delivery-row.tsx';
import { useArrivals } from './use-arrivals.ts';

export function DeliveryTable({
  deliveries,
  listing,
  addressOf,
  openedId,
}: {
  readonly deliveries: readonly Delivery[];
  /** By which the listing is told from others; null while the rows are those of another. */
  readonly listing: string | null;
  readonly addressOf: (id: string) => string;
  readonly openedId: string | null;
}) {
  const ids = deliveries.map(({ id }) => id);
  const arrivals = useArrivals(listing, ids);
  const rows = useRowKeys(ids, openedId);
  return (
    <>
      <VisuallyHidden role="status">{arrivals.size > 0 && `New deliveries: ${arrivals.size}`}</VisuallyHidden>
      <Table highlightOnHover verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Status</Table.Th>
            <Table.Th>Event</Table.Th>
            <Table.Th visibleFrom="sm">Published</Table.Th>
            <Table.Th visibleFrom="sm">Attempts</Table.Th>
            <Table.Th visibleFrom="sm">HTTP</Table.Th>
            <Table.Th visibleFrom="lg">Took</Table.Th>
            <Table.Th visibleFrom="md">Error</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody onKeyDown={rows.onKeyDown} onClick={openRow}>
          {deliveries.map((delivery) => (
            <DeliveryRow
              key={delivery.id}
              delivery={delivery}
              address={addressOf(delivery.id)}
              isNew={arrivals.has(delivery.id)}
              isOpened={delivery.id === openedId}
              isStop={delivery.id === rows.stopId}
              onFocus={rows.setStop}
            />
          ))}
        </Table.Tbody>
      </Table>
    </>
  );
}

const steps: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  j: 1,
  ArrowUp: -1,
  k: -1,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

/** The list is one stop of the Tab key, at the row where one was; keys move within it. */
function useRowKeys(ids: readonly string[], openedId: string | null) {
  const [stop, setStop] = useState<string | null>(null);
  const stopId = stop !== null && ids.includes(stop) ? stop : (ids[0] ?? null);

  // Whoever closes what was open goes on at its row.
  const lastOpened = useRef(openedId);
  useEffect(() => {
    if (openedId === null && lastOpened.current !== null) focusRow(lastOpened.current);
    lastOpened.current = openedId;
  }, [openedId]);

  function onKeyDown(event: KeyboardEvent) {
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey || stopId === null) return;
    const at = Math.min(Math.max(ids.indexOf(stopId) + step, 0), ids.length - 1);
    const next = ids[at];
    if (next === undefined) return;
    event.preventDefault();
    focusRow(next);
  }
  return { stopId, setStop, onKeyDown };
}

/** The whole row is as good as its link; whoever selects text means the text. */
function openRow({ target }: MouseEvent): void {
  if (!(target instanceof Element) || target.closest('a') !== null) return;
  if (getSelection()?.isCollapsed !== false) target.closest('tr')?.querySelector('a')?.click();
}

function focusRow(id: string): void {
  document.getElementById(rowLinkId(id))?.focus();
}
