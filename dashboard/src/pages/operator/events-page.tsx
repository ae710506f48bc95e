import { Page } from '../../shell/page.tsx';
import { EventLookUp } from './event-look-up.tsx';

export function EventsPage() {
  return (
    <Page title="Events">
      <EventLookUp />
    </Page>
  );
}
