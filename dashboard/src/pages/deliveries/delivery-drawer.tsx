import { Button, Drawer, Group } from '@mantine/core';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import { useDelivery } from '../../api/deliveries.ts';
import { QueryView } from '../../parts/query-view.tsx';
import { DeliveryDetails } from './delivery-details.tsx';

/** One delivery above its list, and the way to the next without going back. */
export function DeliveryDrawer({
  webhookId,
  id,
  neighbours: { newer, older },
  onTurn,
  onClose,
}: {
  readonly webhookId: string;
  readonly id: string;
  /** Null: the list that is shown has none. */
  readonly neighbours: { readonly newer: string | null; readonly older: string | null };
  readonly onTurn: (id: string) => void;
  readonly onClose: () => void;
}) {
  const delivery = useDelivery(webhookId, id);
  const body = useKeptFocus(id);

  function turn(to: string | null) {
    if (to !== null) onTurn(to);
  }
  function onKeyDown({ key, ctrlKey, metaKey, altKey }: KeyboardEvent) {
    if (ctrlKey || metaKey || altKey) return;
    if (key === 'j') turn(older);
    if (key === 'k') turn(newer);
  }

  return (
    <Drawer.Root opened onClose={onClose} position="right" size={820} transitionProps={{ duration: 0 }}>
      <Drawer.Overlay />
      {/* It passes no plain onKeyDown on. */}
      <Drawer.Content onKeyDownCapture={onKeyDown}>
        <Drawer.Header>
          <Drawer.Title fw={600}>Delivery</Drawer.Title>
          <Group gap="xs" ml="auto" mr="sm">
            <TurnButton label="Newer" to={newer} onTurn={turn} />
            <TurnButton label="Older" to={older} onTurn={turn} />
          </Group>
          <Drawer.CloseButton aria-label="Close" ml={0} />
        </Drawer.Header>
        <Drawer.Body ref={body} tabIndex={-1}>
          <QueryView query={delivery} what="the delivery">
            {(detail) => <DeliveryDetails key={id} webhookId={webhookId} detail={detail} />}
          </QueryView>
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

/** Stays in the order of Tab when there is no further: a button that is disabled loses the focus. */
function TurnButton({
  label,
  to,
  onTurn,
}: {
  readonly label: string;
  readonly to: string | null;
  readonly onTurn: (to: string | null) => void;
}) {
  return (
    <Button
      size="xs"
      variant="default"
      aria-disabled={to === null}
      data-disabled={to === null}
      onClick={() => onTurn(to)}
    >
      {label}
    </Button>
  );
}

/** What had the focus may have gone with the delivery that was shown before; the keys go on working. */
function useKeptFocus(id: string) {
  const body = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another delivery is what takes the focus away.
  useEffect(() => {
    if (document.activeElement === document.body) body.current?.focus();
  }, [id]);
  return body;
}
