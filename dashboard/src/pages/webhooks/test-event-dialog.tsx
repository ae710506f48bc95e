import { Button, Group, Modal, NativeSelect, Stack, Text, VisuallyHidden } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { fieldProblems } from '../../api/field-problems.ts';
import type { SubscribableTypeList, Webhook } from '../../api/schemas.ts';
import { type SentTest, useSendTest } from '../../api/test-event.ts';
import { useSubscribableTypes } from '../../api/webhooks.ts';
import { ChangeProblem } from '../../parts/change-problem.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { TestExchange } from './test-exchange.tsx';
import { optionsFor, preferredOption } from './test-options.ts';

export function TestEventDialog({
  webhook,
  onClose,
}: {
  readonly webhook: Webhook;
  readonly onClose: () => void;
}) {
  const catalogue = useSubscribableTypes();
  return (
    <Modal opened onClose={onClose} title="Send a test event" size="xl">
      <QueryView query={catalogue} what="event types">
        {(types) => <TestForm webhook={webhook} catalogue={types} />}
      </QueryView>
    </Modal>
  );
}

function TestForm({
  webhook,
  catalogue,
}: {
  readonly webhook: Webhook;
  readonly catalogue: SubscribableTypeList;
}) {
  const [eventType, setEventType] = useState(() => preferredOption(webhook, catalogue));
  const test = useSendTest(webhook.id);
  const problems = fieldProblems(test.error, ['event_type']);

  function submit(event: FormEvent) {
    event.preventDefault();
    test.mutate(eventType);
  }

  return (
    <Stack>
      <form onSubmit={submit}>
        <Group align="end">
          <NativeSelect
            label="Event type"
            data={optionsFor(catalogue)}
            value={eventType}
            onChange={({ currentTarget }) => setEventType(currentTarget.value)}
            error={problems.get('event_type')}
            flex="1 1 220px"
            data-autofocus
          />
          <Button type="submit" loading={test.isPending}>
            Send
          </Button>
        </Group>
      </form>
      <Text size="sm" c="dimmed">
        One real signed request with made-up content, without retries. It is in the delivery log, and does not
        count as a failure in a row. The endpoint has {webhook.timeout_seconds} seconds to answer.
      </Text>
      {test.error !== null && !problems.has('event_type') && <ChangeProblem problem={test.error} />}
      {test.data !== undefined && <Outcome webhookId={webhook.id} sent={test.data} />}
    </Stack>
  );
}

/** Said at once; the details follow. */
function Outcome({ webhookId, sent }: { readonly webhookId: string; readonly sent: SentTest }) {
  return (
    <>
      <VisuallyHidden role="status">{sent.message}</VisuallyHidden>
      {sent.eventId !== null && (
        <TestExchange key={sent.eventId} webhookId={webhookId} eventId={sent.eventId} />
      )}
    </>
  );
}
