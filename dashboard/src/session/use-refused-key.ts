/** Notices when the API refuses the key of a page that is open: revoked or expired since. */
import {
  type MutationCacheNotifyEvent,
  type QueryCacheNotifyEvent,
  useQueryClient,
} from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { isSignedOut } from '../api/problem.ts';

export function useRefusedKey() {
  const queryClient = useQueryClient();
  const [isRefused, setRefused] = useState(false);
  useEffect(() => {
    const look = (event: QueryCacheNotifyEvent | MutationCacheNotifyEvent) => {
      if (event.type === 'updated' && event.action.type === 'error' && isSignedOut(event.action.error))
        setRefused(true);
    };
    const ends = [
      queryClient.getQueryCache().subscribe(look),
      queryClient.getMutationCache().subscribe(look),
    ];
    return () => {
      for (const end of ends) end();
    };
  }, [queryClient]);
  return { isRefused, forget: () => setRefused(false) };
}
