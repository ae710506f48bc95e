import { Modal, Text } from '@mantine/core';
import { useLocation } from 'wouter';
import { useDeleteAccount } from '../../api/accounts.ts';
import type { Account } from '../../api/schemas.ts';
import { Confirmation } from '../../parts/confirmation.tsx';

export function DeleteAccountModal({
  account,
  opened,
  onClose,
}: {
  readonly account: Account;
  readonly opened: boolean;
  readonly onClose: () => void;
}) {
  const [, navigate] = useLocation();
  const deletion = useDeleteAccount(account.id);
  function close() {
    deletion.reset();
    onClose();
  }
  const withProfiles = account.type === 'organization' ? ', its profiles and everything of theirs' : '';
  return (
    <Modal opened={opened} onClose={close} title="Delete the account">
      <Confirmation
        action="Delete for good"
        nameToType={account.name}
        problem={deletion.error}
        isPending={deletion.isPending}
        onConfirm={() => deletion.mutate(undefined, { onSuccess: () => navigate('/accounts') })}
        onCancel={close}
      >
        <Text>
          This deletes the account{withProfiles}: API keys, webhooks, events and delivery logs. Deliveries
          that wait are not sent any more. It cannot be taken back.
        </Text>
      </Confirmation>
    </Modal>
  );
}
