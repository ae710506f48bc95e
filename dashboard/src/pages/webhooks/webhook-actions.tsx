import { Button, Group } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { WebhookStats } from '../../api/schemas.ts';
import { ActivateButton } from './activate-button.tsx';
import { DeactivateDialog } from './deactivate-dialog.tsx';
import { TestEventDialog } from './test-event-dialog.tsx';

/** What is done often. What is done seldom stands among the settings. */
export function WebhookActions({ item }: { readonly item: WebhookStats }) {
  const { webhook, pending } = item;
  const [isTesting, test] = useDisclosure(false);
  const [isDeactivating, deactivation] = useDisclosure(false);
  return (
    <Group gap="sm">
      <Button variant="default" onClick={test.open}>
        Send test event
      </Button>
      {webhook.is_active ? (
        <Button variant="default" onClick={deactivation.open}>
          Deactivate
        </Button>
      ) : (
        <ActivateButton webhookId={webhook.id} />
      )}
      {isTesting && <TestEventDialog webhook={webhook} onClose={test.close} />}
      {isDeactivating && (
        <DeactivateDialog webhook={webhook} pending={pending} onClose={deactivation.close} />
      )}
    </Group>
  );
}
