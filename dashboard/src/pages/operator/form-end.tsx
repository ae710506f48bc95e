import { Button, Group } from '@mantine/core';
import { ChangeProblem } from '../../parts/change-problem.tsx';

/** The last lines of a form: what went wrong at no field of it, and the buttons. */
export function FormEnd({
  action,
  problem,
  isPending,
  onCancel,
}: {
  readonly action: string;
  readonly problem: Error | null;
  readonly isPending: boolean;
  readonly onCancel?: () => void;
}) {
  return (
    <>
      {problem !== null && <ChangeProblem problem={problem} />}
      <Group justify="flex-end">
        {onCancel !== undefined && (
          <Button variant="default" onClick={onCancel} disabled={isPending}>
            Cancel
          </Button>
        )}
        <Button type="submit" loading={isPending}>
          {action}
        </Button>
      </Group>
    </>
  );
}
