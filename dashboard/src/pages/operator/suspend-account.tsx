import { Button, Modal, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useChangeAccount } from '../../api/accounts.ts';
import type { Account } from '../../api/schemas.ts';
import { Confirmation } from '../../parts/confirmation.tsx';

const questions = {
  active: {
    action: 'Suspend',
    next: 'suspended',
    text: 'Its API keys are refused and its new events reach nobody, until it is reactivated. What already waits is still delivered.',
  },
  suspended: {
    action: 'Reactivate',
    next: 'active',
    text: 'Its API keys are accepted and its new events delivered again. What was published meanwhile stays undelivered.',
  },
} as const;

export function SuspendAccount({ account }: { readonly account: Account }) {
  const [isAsking, question] = useDisclosure(false);
  const change = useChangeAccount(account.id);
  const { action, next, text } = questions[account.status];

  function close() {
    change.reset();
    question.close();
  }

  return (
    <>
      <Button size="xs" variant="default" onClick={question.open}>
        {action}
      </Button>
      <Modal opened={isAsking} onClose={close} title={`${action} ${account.name}?`}>
        <Confirmation
          action={action}
          problem={change.error}
          isPending={change.isPending}
          onConfirm={() => change.mutate({ status: next }, { onSuccess: close })}
          onCancel={close}
        >
          <Text>{text}</Text>
        </Confirmation>
      </Modal>
    </>
  );
}
