import { Anchor, Paper, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** One number, what it counts, and what it says. */
export function Figure({
  label,
  value,
  href,
  isBad = false,
  children,
}: {
  readonly label: string;
  readonly value: ReactNode;
  /** Where there is more about it. */
  readonly href?: string;
  /** It ought to be nothing. */
  readonly isBad?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <Paper withBorder p={{ base: 'sm', sm: 'md' }} role="group" aria-label={label}>
      {href === undefined ? (
        <Text size="sm" c="dimmed">
          {label}
        </Text>
      ) : (
        <Anchor size="sm" display="block" href={href}>
          {label}
        </Anchor>
      )}
      <Text
        fz={{ base: 22, sm: 28 }}
        fw={700}
        lh={1.3}
        {...(isBad ? { c: 'var(--mantine-color-error)' } : {})}
      >
        {value}
      </Text>
      <Text size="sm" c="dimmed">
        {children}
      </Text>
    </Paper>
  );
}
