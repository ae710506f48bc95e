import { Anchor, Table } from '@mantine/core';
import type { Account } from '../../api/schemas.ts';
import { Moment } from '../../parts/moment.tsx';
import { StateBadge } from './state-badge.tsx';

export function AccountTable({ accounts }: { readonly accounts: readonly Account[] }) {
  return (
    <Table.ScrollContainer minWidth={280}>
      <Table highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th visibleFrom="xs">Type</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th visibleFrom="xs">Created</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {accounts.map((account) => (
            <Table.Tr key={account.id}>
              <Table.Td>
                <Anchor href={`#/accounts/${account.id}`} size="sm" fw={600}>
                  {account.name}
                </Anchor>
              </Table.Td>
              <Table.Td visibleFrom="xs">{account.type}</Table.Td>
              <Table.Td>
                <StateBadge state={account.status} />
              </Table.Td>
              <Table.Td visibleFrom="xs">
                <Moment value={account.created_at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
