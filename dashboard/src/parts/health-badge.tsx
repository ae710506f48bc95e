import { Badge } from '@mantine/core';
import type { WebhookStats } from '../api/schemas.ts';

const colors: Record<WebhookStats['health'], string> = {
  active: 'teal.9',
  failing: 'red.9',
  disabled: 'gray.7',
};

export function HealthBadge({ health }: { readonly health: WebhookStats['health'] }) {
  return (
    <Badge variant="filled" color={colors[health]}>
      {health}
    </Badge>
  );
}
