import { Button, Group, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useAccount } from '../../api/accounts.ts';
import type { Account } from '../../api/schemas.ts';
import { QueryView } from '../../parts/query-view.tsx';
import { Page } from '../../shell/page.tsx';
import { AccountFacts } from './account-facts.tsx';
import { AccountKeys } from './account-keys.tsx';
import { AccountProfiles } from './account-profiles.tsx';
import { DeleteAccountModal } from './delete-account-modal.tsx';
import { EditAccountModal } from './edit-account-modal.tsx';
import { Section } from './section.tsx';
import { SuspendAccount } from './suspend-account.tsx';

export function AccountPage({ id }: { readonly id: string }) {
  const account = useAccount(id);
  const publish = (
    <Button component="a" href={`#/publish/${id}`} variant="default">
      Publish to this account
    </Button>
  );
  return (
    <Page title={account.data?.name ?? 'Account'} actions={account.data && publish}>
      <QueryView query={account} what="account">
        {(found) => (
          <Stack>
            <AccountSection account={found} />
            <AccountKeys accountId={found.id} />
            {found.type === 'organization' && <AccountProfiles organizationId={found.id} />}
          </Stack>
        )}
      </QueryView>
    </Page>
  );
}

function AccountSection({ account }: { readonly account: Account }) {
  const [isEditing, editing] = useDisclosure(false);
  const [isDeleting, deletion] = useDisclosure(false);
  const actions = (
    <Group gap="xs">
      <Button size="xs" variant="default" onClick={editing.open}>
        Edit
      </Button>
      <SuspendAccount account={account} />
      <Button size="xs" variant="default" onClick={deletion.open}>
        Delete
      </Button>
    </Group>
  );
  return (
    <Section title="Account" actions={actions}>
      <AccountFacts account={account} />
      <EditAccountModal account={account} opened={isEditing} onClose={editing.close} />
      <DeleteAccountModal account={account} opened={isDeleting} onClose={deletion.close} />
    </Section>
  );
}
