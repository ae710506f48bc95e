/** Every change to a webhook. What is on the page of the account is asked for anew after each. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useApi, useSession } from '../session/session.ts';
import { useIdempotency } from './idempotency.ts';
import type { RotatedSecret, Webhook, WebhookBody, WebhookStats } from './schemas.ts';

const pathOf = (id: string) => `/v3/webhooks/${encodeURIComponent(id)}`;

/** Nobody waits for what is read again: an answer with a secret in it is shown at once. */
function useRefresh() {
  const queryClient = useQueryClient();
  const { profileId } = useSession();
  return () => {
    void queryClient.invalidateQueries({ queryKey: [profileId] });
  };
}

/** A changed webhook is shown as the answer says, until it is read again. */
function useShowAnswer(id: string) {
  const queryClient = useQueryClient();
  const { profileId } = useSession();
  const refresh = useRefresh();
  return (webhook: Webhook) => {
    queryClient.setQueryData<WebhookStats>(
      [profileId, 'webhooks', id],
      (shown) => shown && { ...shown, webhook },
    );
    refresh();
  };
}

/** The answer has the secret, and is forgotten with the page that shows it. */
export function useCreateWebhook() {
  const api = useApi();
  const once = useIdempotency();
  return useMutation({
    mutationFn: (body: WebhookBody) =>
      once(body, (headers) => api.send<Webhook>('POST', '/v3/webhooks', body, headers)),
    onSuccess: useRefresh(),
    gcTime: 0,
  });
}

export function useUpdateWebhook(id: string) {
  const api = useApi();
  return useMutation({
    mutationFn: (body: WebhookBody) => api.send<Webhook>('PUT', pathOf(id), body),
    onSuccess: useShowAnswer(id),
  });
}

export function useSetActive(id: string) {
  const api = useApi();
  return useMutation({
    mutationFn: (isActive: boolean) =>
      api.send<Webhook>('PATCH', `${pathOf(id)}/toggle-status`, { is_active: isActive }),
    onSuccess: useShowAnswer(id),
  });
}

/** Without seconds of overlap the old secret is dead at once. */
export function useRotateSecret(id: string) {
  const api = useApi();
  const once = useIdempotency();
  return useMutation({
    mutationFn: (overlapSeconds: number | null) => {
      const body = overlapSeconds === null ? {} : { overlap_seconds: overlapSeconds };
      return once(body, (headers) =>
        api.send<RotatedSecret>('POST', `${pathOf(id)}/rotate-secret`, body, headers),
      );
    },
    onSuccess: useRefresh(),
    gcTime: 0,
  });
}

export function useDeleteWebhook(id: string) {
  const api = useApi();
  const queryClient = useQueryClient();
  const { profileId } = useSession();
  return useMutation({
    mutationFn: () => api.send<null>('DELETE', pathOf(id)),
    // Not the webhook itself, which its page would be told is gone before it is left.
    onSuccess: () => queryClient.invalidateQueries({ queryKey: [profileId, 'webhooks', 'list'] }),
  });
}
