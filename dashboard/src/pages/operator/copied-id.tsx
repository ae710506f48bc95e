import { Code, Group } from '@mantine/core';
import { CopyButton } from '../../parts/copy-button.tsx';

export function CopiedId({ id, what }: { readonly id: string; readonly what: string }) {
  return (
    <Group gap="xs" component="span">
      <Code>{id}</Code>
      <CopyButton value={id} what={what} />
    </Group>
  );
}
