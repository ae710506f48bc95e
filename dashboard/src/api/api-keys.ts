import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useApi } from '../session/session.ts';
import type { ApiKeyList, ApiKeySettings, NewApiKey } from './schemas.ts';

const addressOf = (accountId: string) => `/platform/v1/accounts/${accountId}/api-keys`;

export function useApiKeys(accountId: string) {
  const api = useApi();
  return useQuery({
    queryKey: ['api-keys', accountId],
    queryFn: ({ signal }) => api.get<ApiKeyList>(addressOf(accountId), {}, signal),
  });
}

/** The key is forgotten with whatever shows it: it is not kept in the cache. */
export function useCreateApiKey(accountId: string) {
  const api = useApi();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (settings: ApiKeySettings) => api.send<NewApiKey>('POST', addressOf(accountId), settings),
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: ['api-keys', accountId] }),
    gcTime: 0,
  });
}

export function useRevokeApiKey(accountId: string) {
  const api = useApi();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (keyId: string) => api.send<null>('DELETE', `${addressOf(accountId)}/${keyId}`),
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: ['api-keys', accountId] }),
  });
}
