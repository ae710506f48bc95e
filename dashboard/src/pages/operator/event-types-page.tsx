import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useCatalogue } from '../../api/catalogue.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Page } from '../../shell/page.tsx';
import { CatalogueTree } from './catalogue-tree.tsx';
import { familiesOf, matching } from './families.ts';

export function EventTypesPage() {
  const catalogue = useCatalogue();
  const [search, setSearch] = useState('');
  const newFamily = (
    <Button component="a" href="#/event-types/new">
      New event type
    </Button>
  );
  return (
    <Page title="Event types" actions={newFamily}>
      <TextInput
        label="Search"
        placeholder="Name or description"
        mb="md"
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <QueryView query={catalogue} what="event types">
        {({ event_types }) => {
          const families = matching(familiesOf(event_types), search);
          return families.length > 0 ? <CatalogueTree families={families} /> : <NoTypes search={search} />;
        }}
      </QueryView>
    </Page>
  );
}

function NoTypes({ search }: { readonly search: string }) {
  if (search.trim() !== '')
    return (
      <EmptyState title="Nothing found">No name and no description contains “{search.trim()}”.</EmptyState>
    );
  return (
    <EmptyState title="No event types yet">
      Only what is in the catalogue can be published and subscribed to. Begin with a family such as order,
      then add its events.
    </EmptyState>
  );
}
