import { QueryClient } from '@tanstack/react-query';
import { ApiProblem, isPassing } from './problem.ts';

const waitMsMax = 15_000;

/** What passes by itself is tried again until it has passed; what is shown stays on the page meanwhile. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        networkMode: 'always',
        retry: (_failures, error) => isPassing(error),
        refetchOnReconnect: true,
        retryDelay: waitMs,
        staleTime: 2000,
      },
      // A change is repeated by the person who wants it, who sees whether it happened.
      mutations: { networkMode: 'always', retry: false },
    },
  });
}

function waitMs(failures: number, error: Error): number {
  if (error instanceof ApiProblem && error.retryAfterSeconds !== null) return error.retryAfterSeconds * 1000;
  return Math.min(1000 * 2 ** failures, waitMsMax);
}
