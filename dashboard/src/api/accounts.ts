import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useApi } from '../session/session.ts';
import type { AccountList } from './schemas.ts';

export function useAccounts(page: number) {
  const api = useApi();
  return useQuery({
    queryKey: ['accounts', page],
    queryFn: ({ signal }) => api.get<AccountList>('/platform/v1/accounts', { page, page_size: 20 }, signal),
    placeholderData: keepPreviousData,
  });
}
