import { Group, Kbd, NativeSelect, Text } from '@mantine/core';
import { type PageSize, pageSizes } from '../../api/delivery-filters.ts';

/** What stands below the list: how to move in it, and how long it is. */
export function KeyHints({
  pageSize,
  onPageSize,
}: {
  readonly pageSize: PageSize;
  readonly onPageSize: (pageSize: PageSize) => void;
}) {
  return (
    <Group justify="space-between">
      <Text size="sm" c="dimmed" visibleFrom="sm">
        In the list <Kbd>↑</Kbd> <Kbd>↓</Kbd> or <Kbd>k</Kbd> <Kbd>j</Kbd> move, <Kbd>Enter</Kbd> opens,{' '}
        <Kbd>Esc</Kbd> closes.
      </Text>
      <Group gap="xs" ml="auto">
        <Text size="sm" c="dimmed" component="label" htmlFor="page-size">
          Rows a page
        </Text>
        <NativeSelect
          id="page-size"
          size="xs"
          data={pageSizes.map(String)}
          value={String(pageSize)}
          onChange={({ currentTarget }) => {
            const chosen = pageSizes.find((size) => String(size) === currentTarget.value);
            if (chosen !== undefined) onPageSize(chosen);
          }}
        />
      </Group>
    </Group>
  );
}
