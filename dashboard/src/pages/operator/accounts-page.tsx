import { Button, TextInput } from '@mantine/core';
import { useDebouncedValue, useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { useAccounts } from '../../api/accounts.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { PageSwitch } from '../../parts/page-switch.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Page } from '../../shell/page.tsx';
import { AccountTable } from './account-table.tsx';
import { NewAccountModal } from './new-account-modal.tsx';

export function AccountsPage() {
  const [page, setPage] = useState(1);
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), 300);
  const [isCreating, creation] = useDisclosure(false);
  const accounts = useAccounts({ page, search });
  const newAccount = <Button onClick={creation.open}>New account</Button>;
  return (
    <Page title="Accounts" actions={newAccount}>
      <TextInput
        label="Search"
        placeholder="Name or id"
        mb="md"
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          setPage(1);
        }}
      />
      <QueryView query={accounts} what="accounts">
        {(list) => (
          <>
            {list.accounts.length > 0 && <AccountTable accounts={list.accounts} />}
            {list.accounts.length === 0 && <NoAccounts search={search} />}
            <PageSwitch pagination={list.pagination} onChange={setPage} />
          </>
        )}
      </QueryView>
      <NewAccountModal opened={isCreating} onClose={creation.close} />
    </Page>
  );
}

function NoAccounts({ search }: { readonly search: string }) {
  if (search !== '')
    return (
      <EmptyState title="Nothing found">
        No name contains “{search}”, and no account has it as its id.
      </EmptyState>
    );
  return (
    <EmptyState title="No accounts yet">
      An account owns webhooks and API keys, and events are published for it. Create one for each customer.
    </EmptyState>
  );
}
