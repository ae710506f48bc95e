import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import type { Webhook } from '../../api/schemas.ts';
import { useUpdateWebhook } from '../../api/webhook-changes.ts';
import { useSubscribableTypes } from '../../api/webhooks.ts';
import { QueryView } from '../../parts/query-view.tsx';
import { DeleteDialog } from './delete-dialog.tsx';
import { RotateDialog } from './rotate-dialog.tsx';
import { bodyOf, draftOf, type WebhookDraft } from './webhook-draft.ts';
import { WebhookForm } from './webhook-form.tsx';

export function WebhookSettings({ webhook }: { readonly webhook: Webhook }) {
  const [isRotating, rotation] = useDisclosure(false);
  const [isDeleting, deletion] = useDisclosure(false);
  return (
    <Stack gap="xl">
      <SettingsForm webhook={webhook} />
      <Section
        title="Signing secret"
        text="Replace it when it may be known to others. The old one can stay valid for a while."
      >
        <Button variant="default" onClick={rotation.open}>
          Rotate secret
        </Button>
      </Section>
      <Section title="Delete" text="The webhook and its delivery log are gone at once and for good.">
        <Button color="red" variant="outline" onClick={deletion.open}>
          Delete webhook
        </Button>
      </Section>
      {isRotating && <RotateDialog webhook={webhook} onClose={rotation.close} />}
      {isDeleting && <DeleteDialog webhook={webhook} onClose={deletion.close} />}
    </Stack>
  );
}

/** Shows what is stored until something is typed, then what was typed until it is saved or discarded. */
function SettingsForm({ webhook }: { readonly webhook: Webhook }) {
  const [typed, setTyped] = useState<WebhookDraft | null>(null);
  const catalogue = useSubscribableTypes();
  const update = useUpdateWebhook(webhook.id);
  const draft = typed ?? draftOf(webhook);

  function change(next: WebhookDraft) {
    setTyped(next);
    if (update.isSuccess) update.reset();
  }

  function save() {
    // What was typed while it was saved stays.
    const onSuccess = () => setTyped((now) => (now === typed ? null : now));
    update.mutate(bodyOf(draft), { onSuccess });
  }

  function discard() {
    setTyped(null);
    update.reset();
  }

  return (
    <QueryView query={catalogue} what="event types">
      {(types) => (
        <WebhookForm draft={draft} catalogue={types} problem={update.error} onChange={change} onSubmit={save}>
          <Group>
            <Button type="submit" loading={update.isPending} disabled={typed === null}>
              Save changes
            </Button>
            {typed !== null && (
              <Button variant="default" onClick={discard}>
                Discard changes
              </Button>
            )}
            <Text role="status">{update.isSuccess && 'Saved'}</Text>
          </Group>
        </WebhookForm>
      )}
    </QueryView>
  );
}

function Section({
  title,
  text,
  children,
}: {
  readonly title: string;
  readonly text: string;
  readonly children: ReactNode;
}) {
  return (
    <Paper component="section" withBorder p="md" maw={720}>
      <Title order={2} size="h4">
        {title}
      </Title>
      <Group justify="space-between" mt="xs">
        <Text size="sm" flex="1 1 260px">
          {text}
        </Text>
        {children}
      </Group>
    </Paper>
  );
}
