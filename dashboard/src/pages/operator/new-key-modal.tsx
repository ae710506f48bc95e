import { Alert, Button, Code, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useCreateApiKey } from '../../api/api-keys.ts';
import { fieldProblems } from '../../api/field-problems.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { FormEnd } from './form-end.tsx';

/** Once there is a key, only its button closes this: the key is shown nowhere again. */
export function NewKeyModal({
  accountId,
  opened,
  onClose,
}: {
  readonly accountId: string;
  readonly opened: boolean;
  readonly onClose: () => void;
}) {
  const creation = useCreateApiKey(accountId);
  const key = creation.data?.key;
  const isClosable = key === undefined && !creation.isPending;

  function close() {
    creation.reset();
    onClose();
  }

  return (
    <Modal
      opened={opened}
      onClose={close}
      title={key === undefined ? 'New API key' : 'Your new API key'}
      closeOnClickOutside={false}
      closeOnEscape={isClosable}
      withCloseButton={isClosable}
    >
      {key === undefined ? (
        <NewKeyForm creation={creation} onCancel={close} />
      ) : (
        <CreatedKey apiKey={key} onDone={close} />
      )}
    </Modal>
  );
}

function NewKeyForm({
  creation,
  onCancel,
}: {
  readonly creation: ReturnType<typeof useCreateApiKey>;
  readonly onCancel: () => void;
}) {
  const [name, setName] = useState('');
  const [expiry, setExpiry] = useState('');
  const problems = fieldProblems(creation.error, ['name', 'expires_at']);

  function submit(event: FormEvent) {
    event.preventDefault();
    creation.mutate({
      name: name.trim() === '' ? null : name,
      expires_at: expiry === '' ? null : new Date(expiry).toISOString(),
    });
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label="Name"
          description="Optional. What it is for, such as Production."
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={problems.get('name')}
          data-autofocus
        />
        <TextInput
          type="datetime-local"
          label="Expires"
          description="Optional, in your local time. Without it the key is valid until it is revoked."
          value={expiry}
          onChange={(event) => setExpiry(event.currentTarget.value)}
          error={problems.get('expires_at')}
        />
        <FormEnd
          action="Create"
          problem={problems.size === 0 ? creation.error : null}
          isPending={creation.isPending}
          onCancel={onCancel}
        />
      </Stack>
    </form>
  );
}

function CreatedKey({ apiKey, onDone }: { readonly apiKey: string; readonly onDone: () => void }) {
  return (
    <Stack>
      <Alert color="yellow" title="Copy it now">
        <Text size="sm">
          It is shown this once. Only its hash is kept, so that nobody can look it up later.
        </Text>
      </Alert>
      <Code block style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
        {apiKey}
      </Code>
      <Group justify="space-between">
        <CopyButton value={apiKey} what="API key" />
        <Button onClick={onDone}>I have copied it</Button>
      </Group>
    </Stack>
  );
}
