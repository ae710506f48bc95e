import { useCatalogue } from '../../api/catalogue.ts';
import { QueryView } from '../../parts/query-view.tsx';
import { Page } from '../../shell/page.tsx';
import { EventTypeForm } from './event-type-form.tsx';

const empty = { name: '', display_name: null, description: null, is_active: true, schema: null };

/** @param parent the family that an event is added to; undefined: anything new. */
export function NewEventTypePage({ parent }: { readonly parent: string | undefined }) {
  const catalogue = useCatalogue();
  const name = parent === undefined ? '' : `${parent}.`;
  return (
    <Page title="New event type">
      <QueryView query={catalogue} what="event types">
        {({ event_types }) => (
          <EventTypeForm draft={{ ...empty, name }} taken={event_types.map((type) => type.name)} />
        )}
      </QueryView>
    </Page>
  );
}
