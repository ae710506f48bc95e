import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useApi, useSession } from '../session/session.ts';
import type { WebhookList } from './schemas.ts';

export function useWebhooks(query: { readonly page: number; readonly search: string }) {
  const api = useApi();
  const { profileId } = useSession();
  return useQuery({
    queryKey: [profileId, 'webhooks', query],
    queryFn: ({ signal }) => api.get<WebhookList>('/v3/webhooks', { ...query, page_size: 20 }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  });
}
