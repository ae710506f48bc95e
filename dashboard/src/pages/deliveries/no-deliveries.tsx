import { Button } from '@mantine/core';
import { allDeliveries, type DeliveryFilters, isFiltered } from '../../api/delivery-filters.ts';
import { EmptyState } from '../../parts/empty-state.tsx';

export function NoDeliveries({
  filters,
  onShow,
}: {
  readonly filters: DeliveryFilters;
  readonly onShow: (filters: Partial<DeliveryFilters>) => void;
}) {
  if (filters.page > 1)
    return (
      <EmptyState
        title="This page is empty"
        action={<Button onClick={() => onShow({ page: 1 })}>To the first page</Button>}
      >
        The log has fewer deliveries than it had, or the address is mistyped.
      </EmptyState>
    );
  if (isFiltered(filters))
    return (
      <EmptyState
        title="Nothing found"
        action={<Button onClick={() => onShow(allDeliveries)}>Show all deliveries</Button>}
      >
        No delivery of this webhook matches all of these filters.
      </EmptyState>
    );
  return (
    <EmptyState title="No deliveries yet">
      An event that this webhook subscribes to appears here as soon as it is published. Send a test event to
      see one now.
    </EmptyState>
  );
}
