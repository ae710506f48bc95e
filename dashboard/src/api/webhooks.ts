import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useApi, useSession } from '../session/session.ts';
import type { SubscribableTypeList, WebhookStats, WebhookStatsList } from './schemas.ts';

export interface WebhookListQuery {
  readonly page: number;
  readonly search: string;
  /** Empty: of any health. */
  readonly health: WebhookStats['health'] | '';
  readonly sort: 'newest' | 'failing';
}

/** Webhooks with how they fared in the last 24 hours. */
export function useWebhooks(query: WebhookListQuery) {
  const api = useApi();
  const { profileId } = useSession();
  return useQuery({
    queryKey: [profileId, 'webhooks', 'list', query],
    queryFn: ({ signal }) =>
      api.get<WebhookStatsList>('/v3/stats/webhooks', { ...query, page_size: 20 }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  });
}

/** One of them. */
export function useWebhook(id: string) {
  const api = useApi();
  const { profileId } = useSession();
  return useQuery({
    queryKey: [profileId, 'webhooks', id],
    queryFn: ({ signal }) =>
      api.get<WebhookStats>(`/v3/stats/webhooks/${encodeURIComponent(id)}`, {}, signal),
    refetchInterval: 10_000,
  });
}

/** What a webhook can subscribe to. */
export function useSubscribableTypes() {
  const api = useApi();
  const { profileId } = useSession();
  return useQuery({
    queryKey: [profileId, 'subscribable-types'],
    queryFn: ({ signal }) => api.get<SubscribableTypeList>('/v3/webhooks/event-types', {}, signal),
    staleTime: 60_000,
  });
}
