import { Modal, Text } from '@mantine/core';
import type { Webhook } from '../../api/schemas.ts';
import { useSetActive } from '../../api/webhook-changes.ts';
import { Confirmation } from '../../parts/confirmation.tsx';

/** Asks, because what waits to be delivered is given up. */
export function DeactivateDialog({
  webhook,
  pending,
  onClose,
}: {
  readonly webhook: Webhook;
  /** Deliveries that have not ended. */
  readonly pending: number;
  readonly onClose: () => void;
}) {
  const change = useSetActive(webhook.id);
  return (
    <Modal opened onClose={onClose} title="Deactivate the webhook">
      <Confirmation
        action="Deactivate"
        problem={change.error}
        isPending={change.isPending}
        onConfirm={() => change.mutate(false, { onSuccess: onClose })}
        onCancel={onClose}
      >
        <Text>
          {pending === 0
            ? 'Events are not delivered to it until it is activated again, and are not kept for it.'
            : `What waits to be delivered to it is given up: ${pending.toLocaleString()} now. New events are not kept for it.`}
        </Text>
      </Confirmation>
    </Modal>
  );
}
