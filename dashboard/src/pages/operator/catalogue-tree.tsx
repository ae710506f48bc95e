import { Anchor, Box, Table, Text } from '@mantine/core';
import type { CatalogueEntry } from '../../api/schemas.ts';
import type { Family } from './families.ts';
import { StateBadge } from './state-badge.tsx';

/** Families with their events, which stand under them and further in. */
export function CatalogueTree({ families }: { readonly families: readonly Family[] }) {
  return (
    <Table.ScrollContainer minWidth={280}>
      <Table highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th visibleFrom="sm">Description</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th visibleFrom="xs">Schema</Table.Th>
            <Table.Th>Action</Table.Th>
          </Table.Tr>
        </Table.Thead>
        {families.map(({ parent, children }) => (
          <Table.Tbody key={parent.name}>
            <EntryRow entry={parent} />
            {children.map((child) => (
              <EntryRow key={child.name} entry={child} />
            ))}
          </Table.Tbody>
        ))}
      </Table>
    </Table.ScrollContainer>
  );
}

function EntryRow({ entry }: { readonly entry: CatalogueEntry }) {
  const isParent = entry.parent === null;
  return (
    <Table.Tr {...(isParent ? { bg: 'var(--mantine-color-default-hover)' } : {})}>
      <Table.Th scope="row" fw={isParent ? 700 : 400}>
        <Box pl={isParent ? 0 : 'lg'}>
          <Anchor href={`#/event-types/edit/${entry.name}`} size="sm" fw="inherit">
            {entry.name}
          </Anchor>
        </Box>
      </Table.Th>
      <Table.Td visibleFrom="sm">
        <Text size="sm" lineClamp={2}>
          {entry.description ?? ''}
        </Text>
      </Table.Td>
      <Table.Td>
        <StateBadge state={entry.is_active ? 'active' : 'not active'} />
      </Table.Td>
      <Table.Td visibleFrom="xs">{entry.schema === null ? 'none' : 'JSON Schema'}</Table.Td>
      <Table.Td>
        {isParent && (
          <Anchor
            href={`#/event-types/new/${entry.name}`}
            size="sm"
            aria-label={`Add event to ${entry.name}`}
          >
            Add event
          </Anchor>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
