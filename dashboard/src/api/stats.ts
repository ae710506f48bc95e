import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useApi, useSession } from '../session/session.ts';
import type { PlatformStats, Stats, StatsRange, WebhookStatsList } from './schemas.ts';

/** As often as a number that moves is still read in peace; long ranges move slowly and cost more. */
const everyMs: Record<StatsRange, number> = { '1h': 10_000, '24h': 10_000, '7d': 60_000, '30d': 60_000 };

/** Of one webhook; of all of the account's with null. */
export function useStats(range: StatsRange, webhookId: string | null) {
  const api = useApi();
  const { profileId } = useSession();
  return useQuery({
    queryKey: [profileId, 'stats', range, webhookId],
    queryFn: ({ signal }) => api.get<Stats>('/v3/stats', { range, webhook_id: webhookId }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: everyMs[range],
  });
}

export function usePlatformStats(range: StatsRange) {
  const api = useApi();
  return useQuery({
    queryKey: ['platform-stats', range],
    queryFn: ({ signal }) => api.get<PlatformStats>('/platform/v1/stats', { range }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: everyMs[range],
  });
}

export interface WebhookStatsQuery {
  readonly range: StatsRange;
  readonly page: number;
  readonly page_size: number;
  readonly search?: string;
  readonly health?: 'active' | 'failing' | 'disabled' | null;
  readonly sort: 'newest' | 'failing';
}

export function useWebhookStats(query: WebhookStatsQuery) {
  const api = useApi();
  const { profileId } = useSession();
  return useQuery({
    queryKey: [profileId, 'webhook-stats', query],
    queryFn: ({ signal }) => api.get<WebhookStatsList>('/v3/stats/webhooks', { ...query }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: everyMs[query.range],
  });
}
