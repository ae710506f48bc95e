import { Button } from '@mantine/core';
import { useSetActive } from '../../api/webhook-changes.ts';
import { ChangeProblem } from '../../parts/change-problem.tsx';

export function ActivateButton({ webhookId }: { readonly webhookId: string }) {
  const change = useSetActive(webhookId);
  return (
    <>
      <Button loading={change.isPending} onClick={() => change.mutate(true)}>
        Activate
      </Button>
      {change.error !== null && <ChangeProblem problem={change.error} />}
    </>
  );
}
