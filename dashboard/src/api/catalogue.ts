import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useApi } from '../session/session.ts';
import type { CatalogueEntry, CatalogueEntrySettings, CatalogueList } from './schemas.ts';

const address = '/platform/v1/event-types';
const queryKey = ['catalogue'];

export function useCatalogue() {
  const api = useApi();
  return useQuery({
    queryKey,
    queryFn: ({ signal }) => api.get<CatalogueList>(address, {}, signal),
  });
}

/** Replaces what there is under the name. */
export function usePutEventType() {
  const api = useApi();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ name, settings }: { name: string; settings: CatalogueEntrySettings }) =>
      api.send<CatalogueEntry>('PUT', `${address}/${encodeURIComponent(name)}`, settings),
    onSuccess: () => void queryClient.invalidateQueries({ queryKey }),
  });
}

export function useDeleteEventType(name: string) {
  const api = useApi();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => api.send<null>('DELETE', `${address}/${name}`),
    onSuccess: () => void queryClient.invalidateQueries({ queryKey }),
  });
}
