/** What was sent to a webhook, newest first, as it happens. The address tells the filters and the delivery that is open. */
import { Stack } from '@mantine/core';
import { useState } from 'react';
import { useLocation, useRoute, useSearch } from 'wouter';
import { useDeliveries } from '../../api/deliveries.ts';
import { type DeliveryFilters, readFilters, writeFilters } from '../../api/delivery-filters.ts';
import { PageSwitch } from '../../parts/page-switch.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { DeliveryDrawer } from './delivery-drawer.tsx';
import { DeliveryFilterBar } from './delivery-filter-bar.tsx';
import { DeliveryTable } from './delivery-table.tsx';
import { KeyHints } from './key-hints.tsx';
import { NoDeliveries } from './no-deliveries.tsx';

export function DeliveryLog({ webhookId }: { readonly webhookId: string }) {
  const [, navigate] = useLocation();
  const [, opened] = useRoute('/webhooks/:id/deliveries/:eventId');
  const filters = readFilters(useSearch());
  const [isLive, setLive] = useState(true);
  const deliveries = useDeliveries(webhookId, filters, isLive && filters.page === 1);

  const openedId = opened?.eventId ?? null;
  const shownIds = deliveries.data?.deliveries.map(({ id }) => id) ?? [];
  const query = writeFilters(filters);
  const addressOf = (id: string | null) =>
    `/webhooks/${webhookId}/deliveries${id === null ? '' : `/${id}`}${query}`;
  const show = (next: DeliveryFilters, replace: boolean) =>
    navigate(`/webhooks/${webhookId}/deliveries${writeFilters(next)}`, { replace });
  const narrow = (part: Partial<DeliveryFilters>) => show({ ...filters, page: 1, ...part }, true);

  return (
    <Stack gap="sm">
      <DeliveryFilterBar filters={filters} onChange={narrow} isLive={isLive} onLiveChange={setLive} />
      <QueryView query={deliveries} what="deliveries">
        {(list) =>
          list.deliveries.length === 0 ? (
            <NoDeliveries filters={filters} onShow={narrow} />
          ) : (
            <DeliveryTable
              deliveries={list.deliveries}
              listing={deliveries.isPlaceholderData ? null : query}
              addressOf={addressOf}
              openedId={openedId}
            />
          )
        }
      </QueryView>
      {deliveries.data && (
        <PageSwitch
          pagination={deliveries.data.pagination}
          onChange={(page) => show({ ...filters, page }, false)}
        />
      )}
      <KeyHints pageSize={filters.pageSize} onPageSize={(pageSize) => narrow({ pageSize })} />
      {openedId !== null && (
        <DeliveryDrawer
          webhookId={webhookId}
          id={openedId}
          neighbours={neighboursOf(openedId, shownIds)}
          onTurn={(id) => navigate(addressOf(id), { replace: true })}
          onClose={() => navigate(addressOf(null))}
        />
      )}
    </Stack>
  );
}

/** Null, where the list that is shown has none. */
function neighboursOf(id: string, ids: readonly string[]) {
  const at = ids.indexOf(id);
  if (at === -1) return { newer: null, older: null };
  return { newer: ids[at - 1] ?? null, older: ids[at + 1] ?? null };
}
