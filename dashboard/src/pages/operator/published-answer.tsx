import { Alert, Anchor, Group, Text } from '@mantine/core';
import type { Published } from '../../api/schemas.ts';
import { CopiedId } from './copied-id.tsx';

type PublishedEvent = Published['events'][number];

export function PublishedAnswer({ published }: { readonly published: PublishedEvent }) {
  return (
    <Alert
      color={published.duplicate || published.deliveries === 0 ? 'yellow' : 'green'}
      title={published.duplicate ? 'Known already' : 'Published'}
      role="status"
    >
      <Text size="sm">{meaning(published)}</Text>
      <Group mt="sm">
        <CopiedId id={published.id} what="event id" />
        <Anchor href={`#/events/${published.id}`} size="sm">
          Show the event
        </Anchor>
      </Group>
    </Alert>
  );
}

function meaning({ deliveries, duplicate }: PublishedEvent): string {
  if (duplicate) return `This id was published before, to ${webhooks(deliveries)}. Nothing was sent again.`;
  if (deliveries === 0)
    return 'It is stored, and goes to nobody: the account has no active webhook that is subscribed to it.';
  return `It goes to ${webhooks(deliveries)}.`;
}

function webhooks(count: number): string {
  return count === 1 ? '1 webhook' : `${count} webhooks`;
}
