import { Group, Pagination, Text } from '@mantine/core';
import type { Pagination as Paging } from '../api/schemas.ts';

/** Nothing, where everything fits on one page. */
export function PageSwitch({
  pagination,
  onChange,
}: {
  readonly pagination: Paging;
  readonly onChange: (page: number) => void;
}) {
  const { page, total_count, total_pages } = pagination;
  if (total_pages <= 1) return null;
  return (
    <Group justify="space-between" mt="md">
      <Text size="sm" c="dimmed">
        {total_count.toLocaleString()} in all
      </Text>
      <Pagination
        value={page}
        total={total_pages}
        onChange={onChange}
        getControlProps={(control) => ({ 'aria-label': `${control} page` })}
        getItemProps={(item) => ({ 'aria-label': `Page ${item}` })}
      />
    </Group>
  );
}
