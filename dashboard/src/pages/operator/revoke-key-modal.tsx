import { Modal, Text } from '@mantine/core';
import { useRevokeApiKey } from '../../api/api-keys.ts';
import type { ApiKey } from '../../api/schemas.ts';
import { Confirmation } from '../../parts/confirmation.tsx';

export function RevokeKeyModal({
  accountId,
  apiKey,
  onClose,
}: {
  readonly accountId: string;
  /** Null: none is to be revoked. */
  readonly apiKey: ApiKey | null;
  readonly onClose: () => void;
}) {
  const revocation = useRevokeApiKey(accountId);

  function close() {
    revocation.reset();
    onClose();
  }

  return (
    <Modal opened={apiKey !== null} onClose={close} title="Revoke the API key">
      {apiKey !== null && (
        <Confirmation
          action="Revoke"
          problem={revocation.error}
          isPending={revocation.isPending}
          onConfirm={() => revocation.mutate(apiKey.id, { onSuccess: close })}
          onCancel={close}
        >
          <Text>
            {apiKey.name ?? 'The key'} ({apiKey.prefix}…) is refused from now on, wherever it is in use. It
            cannot be taken back.
          </Text>
        </Confirmation>
      )}
    </Modal>
  );
}
