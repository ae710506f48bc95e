import { useMutation, useQuery } from '@tanstack/react-query';
import { useApi } from '../session/session.ts';
import type { Published, StoredEvent } from './schemas.ts';

export interface EventToPublish {
  /** Null: not chosen, which is for the API to refuse; the same holds for the event. */
  readonly accountId: string | null;
  /** A name of the catalogue. */
  readonly event: string | null;
  /** The JSON as it was typed. */
  readonly payload: string;
  /** The producer's own; empty: none. */
  readonly id: string;
}

const address = '/platform/v1/events';
const refreshMs = 2000;

export function usePublish() {
  const api = useApi();
  return useMutation({
    mutationFn: (event: EventToPublish) => api.sendText<Published>('POST', address, bodyOf(event)),
  });
}

/** Around the payload's own text: receivers get its keys in this order and its numbers as they are written. */
function bodyOf({ accountId, event, payload, id }: EventToPublish): string {
  const rest = JSON.stringify({ account_id: accountId, event, ...(id === '' ? {} : { id }) });
  return `${rest.slice(0, -1)},"payload":${payload}}`;
}

/** Asked for again while something of it is unfinished. */
export function useEvent(id: string) {
  const api = useApi();
  return useQuery({
    queryKey: ['events', id],
    queryFn: ({ signal }) => api.get<StoredEvent>(`${address}/${encodeURIComponent(id)}`, {}, signal),
    refetchInterval: ({ state }) => (state.data && isUnfinished(state.data) ? refreshMs : false),
  });
}

export function isUnfinished(event: StoredEvent): boolean {
  return event.deliveries.some(({ completed_at }) => completed_at === null);
}
