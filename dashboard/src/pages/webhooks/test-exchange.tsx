import { Stack } from '@mantine/core';
import { useDelivery } from '../../api/deliveries.ts';
import { QueryView } from '../../parts/query-view.tsx';
import { AttemptTimeline } from '../deliveries/attempt-timeline.tsx';
import { SentRequest } from '../deliveries/sent-request.tsx';
import { Verdict } from '../deliveries/verdict.tsx';

/** What came of a test, as the delivery log tells it: what was sent, and what came back. */
export function TestExchange({
  webhookId,
  eventId,
}: {
  readonly webhookId: string;
  readonly eventId: string;
}) {
  const delivery = useDelivery(webhookId, eventId);
  return (
    <QueryView query={delivery} what="request and response">
      {(detail) => (
        <Stack>
          <Verdict detail={detail} />
          <AttemptTimeline detail={detail} />
          <SentRequest request={detail.request} attempts={detail.event.delivery_attempts} />
        </Stack>
      )}
    </QueryView>
  );
}
