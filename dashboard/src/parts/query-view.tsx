import { Alert, Center, Loader, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { adviceFor } from '../api/problem.ts';
import { ProblemAlert } from './problem-alert.tsx';

/** Data when there is some, the latest there was while newer cannot be had, and a sign of progress after 300 ms. */
export function QueryView<Data>({
  query,
  what,
  children,
}: {
  readonly query: UseQueryResult<Data>;
  /** For the ear: "webhooks" is read as "Loading webhooks". */
  readonly what: string;
  readonly children: (data: Data) => ReactNode;
}) {
  const { data, error, failureReason, isPlaceholderData } = query;
  if (data === undefined) {
    if (error !== null) return <ProblemAlert problem={error} onRetry={() => void query.refetch()} />;
    return failureReason === null ? <SlowLoader what={what} /> : <ProblemAlert problem={failureReason} />;
  }
  const trouble = failureReason ?? error;
  return (
    <>
      {trouble !== null && (
        <Alert color="yellow" mb="md" title={`Not up to date: ${trouble.message}`} role="status">
          <Text size="sm">{adviceFor(trouble)}</Text>
        </Alert>
      )}
      {isPlaceholderData && trouble === null && <SlowLoader what={what} />}
      {children(data)}
    </>
  );
}

/** Shown where it takes longer than 300 ms. */
export function SlowLoader({ what }: { readonly what: string }) {
  const [isSlow] = useDebouncedValue(true, 300);
  return (
    <Center mih={160} aria-busy="true">
      {isSlow && <Loader aria-label={`Loading ${what}`} role="status" />}
    </Center>
  );
}
