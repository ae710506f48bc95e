import { Anchor, DataList } from '@mantine/core';
import { useAccount } from '../../api/accounts.ts';
import type { Account } from '../../api/schemas.ts';
import { Moment } from '../../parts/moment.tsx';
import { CopiedId } from './copied-id.tsx';
import { Fact } from './fact.tsx';
import { StateBadge } from './state-badge.tsx';

export function AccountFacts({ account }: { readonly account: Account }) {
  return (
    <DataList>
      <Fact label="ID">
        <CopiedId id={account.id} what="account id" />
      </Fact>
      <Fact label="Type">{account.type}</Fact>
      {account.organization_id !== null && (
        <Fact label="Organization">
          <AccountLink id={account.organization_id} />
        </Fact>
      )}
      <Fact label="State">
        <StateBadge state={account.status} />
      </Fact>
      <Fact label="Email">{account.email ?? 'none'}</Fact>
      <Fact label="Created">
        <Moment value={account.created_at} />
      </Fact>
      <Fact label="Changed">
        <Moment value={account.updated_at} />
      </Fact>
    </DataList>
  );
}

/** By its name, once that is known. */
export function AccountLink({ id }: { readonly id: string }) {
  const account = useAccount(id);
  return (
    <Anchor size="sm" href={`#/accounts/${id}`}>
      {account.data?.name ?? id}
    </Anchor>
  );
}
