import { Anchor } from '@mantine/core';
import { EmptyState } from '../parts/empty-state.tsx';
import { Page } from '../shell/page.tsx';

export function NotFoundPage() {
  return (
    <Page title="Not found">
      <EmptyState title="There is no such page" action={<Anchor href="#/">To the overview</Anchor>}>
        The address may be mistyped, or what it named belongs to another account.
      </EmptyState>
    </Page>
  );
}
