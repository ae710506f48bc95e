import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useCreateWebhook } from '../../api/webhook-changes.ts';
import { useSubscribableTypes } from '../../api/webhooks.ts';
import { QueryView } from '../../parts/query-view.tsx';
import { SecretOnce } from '../../parts/secret-once.tsx';
import { Page } from '../../shell/page.tsx';
import { bodyOf, emptyDraft } from './webhook-draft.ts';
import { WebhookForm } from './webhook-form.tsx';

export function NewWebhookPage() {
  const [draft, setDraft] = useState(emptyDraft);
  const catalogue = useSubscribableTypes();
  const creation = useCreateWebhook();
  if (creation.data !== undefined) {
    const { id, display_name: name, signing_secret: secret } = creation.data;
    return <CreatedPage id={id} name={name} secret={secret ?? ''} />;
  }
  return (
    <Page title="New webhook">
      <QueryView query={catalogue} what="event types">
        {(types) => (
          <WebhookForm
            draft={draft}
            catalogue={types}
            problem={creation.error}
            onChange={setDraft}
            onSubmit={() => creation.mutate(bodyOf(draft))}
          >
            <Group>
              <Button type="submit" loading={creation.isPending}>
                Create webhook
              </Button>
              <Button component="a" href="#/webhooks" variant="default">
                Cancel
              </Button>
            </Group>
          </WebhookForm>
        )}
      </QueryView>
    </Page>
  );
}

function CreatedPage({
  id,
  name,
  secret,
}: {
  readonly id: string;
  readonly name: string;
  readonly secret: string;
}) {
  return (
    <Page title="Webhook created">
      <Stack maw={720} align="start">
        <Text style={{ overflowWrap: 'anywhere' }}>{name} gets events from now on.</Text>
        <SecretOnce secret={secret} />
        <Button component="a" href={`#/webhooks/${id}`}>
          I have copied it: go to the webhook
        </Button>
      </Stack>
    </Page>
  );
}
