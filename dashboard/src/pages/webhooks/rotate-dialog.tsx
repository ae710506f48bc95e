import { Button, Group, Modal, Radio, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { fieldProblems } from '../../api/field-problems.ts';
import type { Webhook } from '../../api/schemas.ts';
import { useRotateSecret } from '../../api/webhook-changes.ts';
import { ChangeProblem } from '../../parts/change-problem.tsx';
import { SecretOnce } from '../../parts/secret-once.tsx';

/** Closes by its button only while it shows the new secret, which is nowhere else. */
export function RotateDialog({
  webhook,
  onClose,
}: {
  readonly webhook: Webhook;
  readonly onClose: () => void;
}) {
  const rotation = useRotateSecret(webhook.id);
  const secret = rotation.data?.signing_secret;
  const isClosable = secret === undefined && !rotation.isPending;
  return (
    <Modal
      opened
      onClose={onClose}
      title={secret === undefined ? 'Rotate the signing secret' : 'The secret was rotated'}
      size="lg"
      withCloseButton={isClosable}
      closeOnEscape={isClosable}
      closeOnClickOutside={isClosable}
    >
      {secret === undefined ? (
        <RotateForm rotation={rotation} onClose={onClose} />
      ) : (
        <Stack align="start">
          <SecretOnce secret={secret} />
          <Button onClick={onClose}>I have copied it</Button>
        </Stack>
      )}
    </Modal>
  );
}

function RotateForm({
  rotation,
  onClose,
}: {
  readonly rotation: ReturnType<typeof useRotateSecret>;
  readonly onClose: () => void;
}) {
  const [ending, setEnding] = useState('at-once');
  const [hours, setHours] = useState('24');
  const overlaps = ending === 'later';
  const problems = fieldProblems(rotation.error, ['overlap_seconds']);

  function submit(event: FormEvent) {
    event.preventDefault();
    rotation.mutate(overlaps ? Math.round(Number(hours) * 3600) : null);
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Radio.Group label="The old secret" value={ending} onChange={setEnding}>
          <Stack gap="sm" mt="xs">
            <Radio
              value="at-once"
              label="ends at once"
              description="An endpoint that has only the old one refuses deliveries until it has the new one."
            />
            <Radio
              value="later"
              label="stays valid for a while"
              description="For so long webhook-signature carries a signature of each secret; x-webhook-signature is of the new one only."
            />
          </Stack>
        </Radio.Group>
        {overlaps && (
          <TextInput
            label="Hours"
            type="number"
            min={1}
            value={hours}
            onChange={({ currentTarget }) => setHours(currentTarget.value)}
            error={problems.get('overlap_seconds')}
            maw={120}
          />
        )}
        {rotation.error !== null && !problems.has('overlap_seconds') && (
          <ChangeProblem problem={rotation.error} />
        )}
        <Text size="sm">The new secret is shown once, after this.</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={rotation.isPending}>
            Cancel
          </Button>
          <Button type="submit" loading={rotation.isPending}>
            Rotate secret
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
