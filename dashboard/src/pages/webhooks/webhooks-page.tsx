import { Anchor, Button } from '@mantine/core';
import { useWebhooks } from '../../api/webhooks.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { PageSwitch } from '../../parts/page-switch.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Page } from '../../shell/page.tsx';
import { isFiltered, useListFilters, type WebhookListFilters } from './list-filters.ts';
import { WebhookFilters } from './webhook-filters.tsx';
import { WebhookTable } from './webhook-table.tsx';

export function WebhooksPage() {
  const [filters, setFilters] = useListFilters();
  const webhooks = useWebhooks(filters);
  const newWebhook = (
    <Button component="a" href="#/webhooks/new">
      New webhook
    </Button>
  );
  return (
    <Page title="Webhooks" actions={newWebhook}>
      <WebhookFilters filters={filters} onChange={setFilters} />
      <QueryView query={webhooks} what="webhooks">
        {({ webhooks: items, pagination }) => (
          <>
            {items.length === 0 ? <NoWebhooks filters={filters} /> : <WebhookTable items={items} />}
            <PageSwitch pagination={pagination} onChange={(page) => setFilters({ ...filters, page })} />
          </>
        )}
      </QueryView>
    </Page>
  );
}

function NoWebhooks({ filters }: { readonly filters: WebhookListFilters }) {
  if (isFiltered(filters))
    return (
      <EmptyState title="Nothing found" action={<Anchor href="#/webhooks">Show all webhooks</Anchor>}>
        No {filters.health} webhook{filters.search !== '' && ` has “${filters.search}” in its name or URL`}.
      </EmptyState>
    );
  return (
    <EmptyState
      title="No webhooks yet"
      action={<Anchor href="#/webhooks/new">Create the first webhook</Anchor>}
    >
      A webhook is a URL of yours that is told what happens to your messages, as it happens.
    </EmptyState>
  );
}
