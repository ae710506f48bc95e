/** All that is known of one delivery: first why it stands as it does, then what was tried, then what was sent. */
import { Code, Group, Stack, Text, Title } from '@mantine/core';
import type { DeliveryDetail } from '../../api/deliveries.ts';
import { Moment } from '../../parts/moment.tsx';
import { AttemptTimeline } from './attempt-timeline.tsx';
import { DeliveryActions } from './delivery-actions.tsx';
import { DeliveryStatus } from './delivery-status.tsx';
import { SentRequest } from './sent-request.tsx';
import { Verdict } from './verdict.tsx';

export function DeliveryDetails({
  webhookId,
  detail,
}: {
  readonly webhookId: string;
  readonly detail: DeliveryDetail;
}) {
  const { event, request } = detail;
  return (
    <Stack>
      <div>
        <Group gap="sm">
          <Title order={3} size="h4">
            {event.event_type}
          </Title>
          <DeliveryStatus status={event.delivery_status} />
        </Group>
        <Text size="sm" c="dimmed" component="div">
          Published <Moment value={event.created_at} /> · <Code>{event.id}</Code>
        </Text>
      </div>
      <Verdict detail={detail} />
      <DeliveryActions webhookId={webhookId} detail={detail} />
      <AttemptTimeline detail={detail} />
      <SentRequest request={request} attempts={event.delivery_attempts} />
    </Stack>
  );
}
