import { Badge } from '@mantine/core';

const colors: Readonly<Record<string, string>> = {
  active: 'green',
  delivered: 'green',
  suspended: 'orange',
  retrying: 'orange',
  failed: 'red',
  expired: 'red',
};

/** The state in words; the dot's colour only repeats it. */
export function StateBadge({ state }: { readonly state: string }) {
  return (
    <Badge variant="dot" color={colors[state] ?? 'gray'} tt="none">
      {state}
    </Badge>
  );
}
