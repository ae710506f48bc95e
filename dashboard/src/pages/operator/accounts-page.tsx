import { Table } from '@mantine/core';
import { useState } from 'react';
import { useAccounts } from '../../api/accounts.ts';
import { Moment } from '../../parts/moment.tsx';
import { PageSwitch } from '../../parts/page-switch.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Page } from '../../shell/page.tsx';

export function AccountsPage() {
  const [page, setPage] = useState(1);
  const accounts = useAccounts(page);
  return (
    <Page title="Accounts">
      <QueryView query={accounts} what="accounts">
        {(list) => (
          <>
            <Table.ScrollContainer minWidth={480}>
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Name</Table.Th>
                    <Table.Th>Type</Table.Th>
                    <Table.Th>Status</Table.Th>
                    <Table.Th>Created</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {list.accounts.map((account) => (
                    <Table.Tr key={account.id}>
                      <Table.Td>{account.name}</Table.Td>
                      <Table.Td>{account.type}</Table.Td>
                      <Table.Td>{account.status}</Table.Td>
                      <Table.Td>
                        <Moment value={account.created_at} />
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            <PageSwitch pagination={list.pagination} onChange={setPage} />
          </>
        )}
      </QueryView>
    </Page>
  );
}
