import { Alert, Code, Group, Stack, Text } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { CopyButton } from './copy-button.tsx';

/** A signing secret, in the only moment in which it is to be had. */
export function SecretOnce({ secret }: { readonly secret: string }) {
  const notice = useRef<HTMLDivElement>(null);
  // It stands where a form was: the keyboard goes on here.
  useEffect(() => notice.current?.focus(), []);
  return (
    <Alert
      ref={notice}
      tabIndex={-1}
      color="yellow"
      variant="light"
      title="Copy the signing secret now"
      w="100%"
    >
      <Stack gap="sm">
        <Text size="sm">
          It is shown this once and cannot be had again. Your endpoint needs it to check that a delivery is
          genuine: keep it where the endpoint keeps its other secrets.
        </Text>
        <Group gap="sm" wrap="nowrap">
          <Code style={{ overflowWrap: 'anywhere', fontSize: 'var(--mantine-font-size-sm)' }}>{secret}</Code>
          <CopyButton value={secret} what="signing secret" />
        </Group>
      </Stack>
    </Alert>
  );
}
