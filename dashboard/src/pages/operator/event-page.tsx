import { DataList, Stack, Text } from '@mantine/core';
import { isUnfinished, useEvent } from '../../api/events.ts';
import type { StoredEvent } from '../../api/schemas.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Moment } from '../../parts/moment.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Page } from '../../shell/page.tsx';
import { AccountLink } from './account-facts.tsx';
import { CopiedId } from './copied-id.tsx';
import { EventDelivery } from './event-delivery.tsx';
import { EventLookUp } from './event-look-up.tsx';
import { Fact } from './fact.tsx';
import { LongText } from './long-text.tsx';
import { Section } from './section.tsx';

export function EventPage({ id }: { readonly id: string }) {
  const event = useEvent(id);
  return (
    <Page title={event.data?.event ?? 'Event'}>
      <EventLookUp />
      <QueryView query={event} what="event">
        {(found) => (
          <Stack>
            <EventFacts event={found} />
            {isUnfinished(found) && (
              <Text size="sm" c="dimmed" role="status">
                Not finished yet: this page is kept up to date by itself.
              </Text>
            )}
            {found.deliveries.map((delivery) => (
              <EventDelivery key={delivery.id} delivery={delivery} />
            ))}
            {found.deliveries.length === 0 && (
              <EmptyState title="It went to nobody">
                When it was published, the account had no active webhook that was subscribed to it.
              </EmptyState>
            )}
          </Stack>
        )}
      </QueryView>
    </Page>
  );
}

function EventFacts({ event }: { readonly event: StoredEvent }) {
  return (
    <Section title="Event">
      <DataList>
        <Fact label="ID">
          <CopiedId id={event.id} what="event id" />
        </Fact>
        <Fact label="Account">
          <AccountLink id={event.account_id} />
        </Fact>
        <Fact label="Your own id">{event.producer_id ?? 'none'}</Fact>
        <Fact label="Happened">
          <Moment value={event.timestamp} />
        </Fact>
        <Fact label="Published">
          <Moment value={event.created_at} />
        </Fact>
        <Fact label="Request id">{event.request_id ?? 'none'}</Fact>
        <Fact label="Payload">
          <LongText text={JSON.stringify(event.payload, null, 2)} />
        </Fact>
      </DataList>
    </Section>
  );
}
