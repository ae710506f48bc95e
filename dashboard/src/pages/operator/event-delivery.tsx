import { Divider, Group, Stack, Text } from '@mantine/core';
import type { StoredEvent } from '../../api/schemas.ts';
import { Moment } from '../../parts/moment.tsx';
import { CopiedId } from './copied-id.tsx';
import { LongText } from './long-text.tsx';
import { Section } from './section.tsx';
import { StateBadge } from './state-badge.tsx';

type Delivery = StoredEvent['deliveries'][number];
type Attempt = Delivery['attempts'][number];

/** To one webhook, with every attempt. */
export function EventDelivery({ delivery }: { readonly delivery: Delivery }) {
  return (
    <Section title="Delivery" actions={<StateBadge state={delivery.status} />}>
      <Stack gap="sm">
        <Group gap="lg">
          <Named name="Webhook" id={delivery.webhook_id} />
          <Named name="Delivery" id={delivery.id} />
        </Group>
        {delivery.attempts.map((attempt) => (
          <AttemptLine key={attempt.number} attempt={attempt} />
        ))}
        {delivery.attempts.length === 0 && (
          <Text size="sm">{delivery.completed_at === null ? 'Not tried yet.' : 'It was never sent.'}</Text>
        )}
        {delivery.next_attempt_at !== null && (
          <Text size="sm">
            Next attempt: <Moment value={delivery.next_attempt_at} />
          </Text>
        )}
      </Stack>
    </Section>
  );
}

function Named({ name, id }: { readonly name: string; readonly id: string }) {
  return (
    <Group gap="xs">
      <Text size="sm" c="dimmed">
        {name}
      </Text>
      <CopiedId id={id} what={`${name.toLowerCase()} id`} />
    </Group>
  );
}

function AttemptLine({ attempt }: { readonly attempt: Attempt }) {
  const { number, started_at, duration_ms, http_status_code, error_message, response_body } = attempt;
  return (
    <Stack gap="xs" role="group" aria-label={`Attempt ${number}`}>
      <Divider />
      <Group gap="lg">
        <Text size="sm" fw={600}>
          Attempt {number}
        </Text>
        <Text size="sm">{error_message ?? 'Delivered'}</Text>
        {http_status_code !== null && <Text size="sm">Status {http_status_code}</Text>}
        {duration_ms !== null && <Text size="sm">{duration_ms.toLocaleString('en')} ms</Text>}
        <Text size="sm" c="dimmed">
          <Moment value={started_at} />
        </Text>
      </Group>
      {response_body !== null && <LongText text={response_body} />}
    </Stack>
  );
}
