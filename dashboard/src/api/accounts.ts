import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useApi } from '../session/session.ts';
import type { Account, AccountChange, AccountList, NewAccount } from './schemas.ts';

export interface AccountQuery {
  readonly page: number;
  /** Part of the name, or the id. */
  readonly search?: string;
  readonly type?: Account['type'];
  readonly organization_id?: string;
}

const address = '/platform/v1/accounts';

export function useAccounts(query: AccountQuery) {
  const api = useApi();
  return useQuery({
    queryKey: ['accounts', 'list', query],
    queryFn: ({ signal }) => api.get<AccountList>(address, { ...query, page_size: 20 }, signal),
    placeholderData: keepPreviousData,
  });
}

/** Null: none is asked for. */
export function useAccount(id: string | null) {
  const api = useApi();
  return useQuery({
    queryKey: ['accounts', 'one', id],
    queryFn: ({ signal }) => api.get<Account>(`${address}/${encodeURIComponent(id ?? '')}`, {}, signal),
    enabled: id !== null,
  });
}

export function useCreateAccount() {
  const api = useApi();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (account: NewAccount) => api.send<Account>('POST', address, account),
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: ['accounts', 'list'] }),
  });
}

export function useChangeAccount(id: string) {
  const api = useApi();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (change: AccountChange) => api.send<Account>('PATCH', `${address}/${id}`, change),
    onSuccess(account) {
      queryClient.setQueryData(['accounts', 'one', id], account);
      void queryClient.invalidateQueries({ queryKey: ['accounts', 'list'] });
    },
  });
}

export function useDeleteAccount(id: string) {
  const api = useApi();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => api.send<null>('DELETE', `${address}/${id}`),
    // Not asked for again by itself: the page of the account is still open.
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: ['accounts', 'list'] }),
  });
}
