import { Button, Modal, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useLocation } from 'wouter';
import { useCatalogue, useDeleteEventType } from '../../api/catalogue.ts';
import type { CatalogueEntry } from '../../api/schemas.ts';
import { Confirmation } from '../../parts/confirmation.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Page } from '../../shell/page.tsx';
import { EventTypeForm } from './event-type-form.tsx';

export function EventTypePage({ name }: { readonly name: string }) {
  const catalogue = useCatalogue();
  const [isDeleting, deletion] = useDisclosure(false);
  const entry = catalogue.data?.event_types.find((type) => type.name === name);
  const children = catalogue.data?.event_types.filter((type) => type.parent === name) ?? [];
  const remove = (
    <Button variant="default" onClick={deletion.open}>
      Delete
    </Button>
  );
  return (
    <Page title={name} actions={entry && remove}>
      <QueryView query={catalogue} what="event type">
        {() =>
          entry === undefined ? (
            <EmptyState title="Not in the catalogue">It may have been deleted since.</EmptyState>
          ) : (
            <EventTypeForm draft={entry} taken={null} />
          )
        }
      </QueryView>
      <Modal opened={isDeleting} onClose={deletion.close} title={`Delete ${name}?`}>
        <DeleteEventType name={name} events={children} onCancel={deletion.close} />
      </Modal>
    </Page>
  );
}

function DeleteEventType({
  name,
  events,
  onCancel,
}: {
  readonly name: string;
  readonly events: readonly CatalogueEntry[];
  readonly onCancel: () => void;
}) {
  const [, navigate] = useLocation();
  const deletion = useDeleteEventType(name);
  const names = events.map((child) => child.name).join(', ');
  return (
    <Confirmation
      action="Delete"
      problem={deletion.error}
      isPending={deletion.isPending}
      onConfirm={() => deletion.mutate(undefined, { onSuccess: () => navigate('/event-types') })}
      onCancel={onCancel}
    >
      <Text>
        It can be neither published nor subscribed to any more. What was published stays in the logs.
      </Text>
      {names !== '' && <Text>Its events are deleted with it: {names}.</Text>}
    </Confirmation>
  );
}
