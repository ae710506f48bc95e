import { Button, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { useAccounts } from '../../api/accounts.ts';
import { PageSwitch } from '../../parts/page-switch.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { AccountTable } from './account-table.tsx';
import { NewAccountModal } from './new-account-modal.tsx';
import { Section } from './section.tsx';

export function AccountProfiles({ organizationId }: { readonly organizationId: string }) {
  const [page, setPage] = useState(1);
  const [isCreating, creation] = useDisclosure(false);
  const profiles = useAccounts({ page, organization_id: organizationId });
  const newProfile = (
    <Button size="xs" variant="default" onClick={creation.open}>
      New profile
    </Button>
  );
  return (
    <Section title="Profiles" actions={newProfile}>
      <QueryView query={profiles} what="profiles">
        {(list) =>
          list.accounts.length === 0 ? (
            <Text>
              None yet. A profile has webhooks, events and keys of its own; its organization acts as it.
            </Text>
          ) : (
            <>
              <AccountTable accounts={list.accounts} />
              <PageSwitch pagination={list.pagination} onChange={setPage} />
            </>
          )
        }
      </QueryView>
      <NewAccountModal opened={isCreating} onClose={creation.close} organizationId={organizationId} />
    </Section>
  );
}
