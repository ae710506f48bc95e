import { Badge } from '@mantine/core';
import type { WebhookStats } from '../api/schemas.ts';

const colors = { active: 'green', failing: 'orange', disabled: 'gray.6' } as const;

/** The health in a word; the dot's colour only repeats it. */
export function HealthBadge({ health }: { readonly health: WebhookStats['health'] }) {
  return (
    <Badge variant="dot" color={colors[health]} tt="none" style={{ flexShrink: 0, minWidth: 'max-content' }}>
      {health}
    </Badge>
  );
}
