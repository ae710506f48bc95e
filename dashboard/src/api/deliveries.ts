/** The delivery log of a webhook, and one delivery of it. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useApi, useSession } from '../session/session.ts';
import { type DeliveryFilters, momentsOf } from './delivery-filters.ts';
import type { ResendResult, WebhookEvent, WebhookEventDetail, WebhookEventList } from './schemas.ts';

/** Without the JSON that was delivered: of a hundred events it can be 25 MB, and no list shows it. */
export type Delivery = Omit<WebhookEvent, 'event_data'>;
export type DeliveryDetail = Omit<WebhookEventDetail, 'event'> & { readonly event: Delivery };

const liveMs = 3000;
/** Of an unfinished delivery that is looked at. */
const progressMs = 2000;

export function useDeliveries(webhookId: string, filters: DeliveryFilters, isLive: boolean) {
  const api = useApi();
  const { profileId } = useSession();
  return useQuery({
    queryKey: [profileId, 'webhooks', webhookId, 'deliveries', filters],
    queryFn: async ({ signal }) => {
      const { status, search, page, pageSize } = filters;
      const asked = { status, search, page, page_size: pageSize, ...momentsOf(filters, Date.now()) };
      const list = await api.get<WebhookEventList>(`/v3/webhooks/${webhookId}/events`, asked, signal);
      return { deliveries: list.events.map(withoutData), pagination: list.pagination };
    },
    placeholderData: keepPreviousData,
    refetchInterval: isLive ? liveMs : false,
  });
}

export function useDelivery(webhookId: string, id: string) {
  const api = useApi();
  const { profileId } = useSession();
  return useQuery({
    queryKey: [profileId, 'webhooks', webhookId, 'delivery', id],
    queryFn: async ({ signal }): Promise<DeliveryDetail> => {
      const path = `/v3/webhooks/${webhookId}/events/${id}`;
      const detail = await api.get<WebhookEventDetail>(path, {}, signal);
      return { ...detail, event: withoutData(detail.event) };
    },
    refetchInterval: ({ state: { data } }) => (isUnfinished(data) ? progressMs : false),
  });
}

export function useResend(webhookId: string, id: string) {
  const api = useApi();
  const { profileId } = useSession();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => api.send<ResendResult>('POST', `/v3/webhooks/${webhookId}/events/${id}/resend`, {}),
    // Also after an error: what was sent may have been recorded all the same. Nobody waits for what is then read again.
    onSettled: () => {
      void queryClient.invalidateQueries({ queryKey: [profileId, 'webhooks', webhookId] });
    },
  });
}

function isUnfinished(detail: DeliveryDetail | undefined): boolean {
  return detail !== undefined && detail.event.processing_completed_at === null;
}

function withoutData({ event_data: _, ...delivery }: WebhookEvent): Delivery {
  return delivery;
}
