import { Paper, SimpleGrid, Text } from '@mantine/core';
import type { ReactNode } from 'react';

interface Figure {
  readonly label: string;
  readonly value: ReactNode;
  /** What to know about it. */
  readonly hint?: ReactNode;
  readonly isBad?: boolean;
}

export function FigureCards({ figures }: { readonly figures: readonly Figure[] }) {
  return (
    <SimpleGrid component="dl" cols={{ base: 2, sm: 3, lg: 6 }} spacing="sm" m={0}>
      {figures.map(({ label, value, hint, isBad = false }) => (
        <Paper key={label} withBorder p="sm">
          <Text component="dt" size="sm" c="dimmed">
            {label}
          </Text>
          <Text component="dd" m={0} fz="h3" fw={700} {...(isBad ? { c: 'var(--mantine-color-error)' } : {})}>
            {value}
          </Text>
          {hint !== undefined && (
            <Text component="dd" m={0} size="xs" c="dimmed">
              {hint}
            </Text>
          )}
        </Paper>
      ))}
    </SimpleGrid>
  );
}
