import { Stack } from '@mantine/core';
import { useCatalogue } from '../../api/catalogue.ts';
import { usePublish } from '../../api/events.ts';
import { QueryView } from '../../parts/query-view.tsx';
import { Page } from '../../shell/page.tsx';
import { PublishForm } from './publish-form.tsx';
import { PublishedAnswer } from './published-answer.tsx';

/** @param accountId whose webhooks get it, where the address says so. */
export function PublishPage({ accountId }: { readonly accountId: string | undefined }) {
  const catalogue = useCatalogue();
  const publish = usePublish();
  return (
    <Page title="Publish an event">
      <QueryView query={catalogue} what="event types">
        {({ event_types }) => (
          <Stack maw={720}>
            <PublishForm
              accountId={accountId ?? null}
              names={event_types.filter((type) => type.is_active).map((type) => type.name)}
              publish={publish}
            />
            {publish.data?.events.map((event) => (
              <PublishedAnswer key={event.id} published={event} />
            ))}
          </Stack>
        )}
      </QueryView>
    </Page>
  );
}
