import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { type DeliveryDetail, useResend } from '../../api/deliveries.ts';
import type { ResendResult } from '../../api/schemas.ts';
import { ChangeProblem } from '../../parts/change-problem.tsx';
import { copyText } from '../../parts/copy-text.ts';
import { curlCommand } from './curl-command.ts';
import { TextBlock } from './text-block.tsx';

/** Sends the delivery once more, or sooner, and tells what came of it; or hands the request over to a shell. */
export function DeliveryActions({
  webhookId,
  detail: { event, request },
}: {
  readonly webhookId: string;
  readonly detail: DeliveryDetail;
}) {
  const resend = useResend(webhookId, event.id);
  const [copied, setCopied] = useState<boolean | null>(null);
  const command = curlCommand(request);
  return (
    <Stack gap="sm">
      <Group gap="sm">
        <Button loading={resend.isPending} onClick={() => resend.mutate()}>
          {event.processing_completed_at === null ? 'Send now' : 'Resend'}
        </Button>
        <Button
          variant="default"
          disabled={command === null}
          onClick={() => command !== null && void copyText(command).then(setCopied)}
        >
          <span aria-live="polite">{copied === true ? 'Copied' : 'Copy as curl'}</span>
        </Button>
      </Group>
      {resend.data !== undefined && <Outcome result={resend.data} />}
      {resend.error !== null && <ChangeProblem problem={resend.error} />}
      {copied === false && command !== null && (
        <div>
          <Text size="sm">This browser does not let the page copy. Select the command and copy it:</Text>
          <TextBlock label="The request as curl" text={command} heightMax={240} />
        </div>
      )}
    </Stack>
  );
}

const outcomes: Record<ResendResult['status'], { readonly color: string; readonly title: string }> = {
  delivered: { color: 'green', title: 'Delivered' },
  failed: { color: 'red', title: 'Not delivered' },
  queued: { color: 'blue', title: 'On its way' },
};

function Outcome({ result: { status, message } }: { readonly result: ResendResult }) {
  const { color, title } = outcomes[status];
  return (
    <Alert color={color} variant="light" title={title} role="status">
      <Text size="sm">{message}.</Text>
    </Alert>
  );
}
