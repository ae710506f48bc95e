import { Alert, Button, Group, Text } from '@mantine/core';
import { ApiProblem, adviceFor } from '../api/problem.ts';

/** What happened, what to do, and by what the operator finds it. */
export function ProblemAlert({
  problem,
  advice = adviceFor(problem),
  onRetry,
}: {
  readonly problem: Error;
  readonly advice?: string;
  readonly onRetry?: () => void;
}) {
  const requestId = problem instanceof ApiProblem ? problem.requestId : null;
  return (
    <Alert color="red" variant="light" title={problem.message} role="alert">
      <Text size="sm">{advice}</Text>
      {requestId !== null && (
        <Text size="sm" c="dimmed">
          Request {requestId}
        </Text>
      )}
      {onRetry !== undefined && (
        <Group mt="sm">
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        </Group>
      )}
    </Alert>
  );
}
