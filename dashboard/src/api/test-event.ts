import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useApi, useSession } from '../session/session.ts';
import type { TestResult } from './schemas.ts';

export interface SentTest extends TestResult {
  /** By which the request and its answer are found in the log. */
  readonly eventId: string | null;
}

/** Answered when the endpoint has answered, or its time is up. */
export function useSendTest(webhookId: string) {
  const api = useApi();
  const queryClient = useQueryClient();
  const { profileId } = useSession();
  return useMutation({
    mutationFn: async (eventType: string): Promise<SentTest> => {
      const path = `/v3/webhooks/${encodeURIComponent(webhookId)}/test`;
      const { data, headers } = await api.sendForHeaders<TestResult>('POST', path, { event_type: eventType });
      return { ...data, eventId: headers.get('x-webhook-event-id') };
    },
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: [profileId] });
    },
  });
}
