import { Badge } from '@mantine/core';
import type { Delivery } from '../../api/deliveries.ts';

const colors = { pending: 'gray', retrying: 'yellow', delivered: 'green', failed: 'red' } as const;

/** The word in the colour of text, which can be read on any ground; the dot is for whoever looks at a hundred of them. */
export function DeliveryStatus({ status }: { readonly status: Delivery['delivery_status'] }) {
  return (
    <Badge variant="dot" color={colors[status]} tt="none" fw={500} miw="max-content" display="flex">
      {status}
    </Badge>
  );
}
