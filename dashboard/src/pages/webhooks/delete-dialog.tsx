import { Modal, Text } from '@mantine/core';
import { useLocation } from 'wouter';
import type { Webhook } from '../../api/schemas.ts';
import { useDeleteWebhook } from '../../api/webhook-changes.ts';
import { Confirmation } from '../../parts/confirmation.tsx';

export function DeleteDialog({
  webhook,
  onClose,
}: {
  readonly webhook: Webhook;
  readonly onClose: () => void;
}) {
  const [, navigate] = useLocation();
  const deletion = useDeleteWebhook(webhook.id);
  return (
    <Modal opened onClose={onClose} title="Delete the webhook">
      <Confirmation
        action="Delete for good"
        nameToType={webhook.display_name}
        problem={deletion.error}
        isPending={deletion.isPending}
        onConfirm={() => deletion.mutate(undefined, { onSuccess: () => navigate('/webhooks') })}
        onCancel={onClose}
      >
        <Text>
          It gets no more events, and its delivery log is gone. What waits to be delivered is not delivered
          any more.
        </Text>
      </Confirmation>
    </Modal>
  );
}
