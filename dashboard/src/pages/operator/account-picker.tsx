/** Chooses an account by a part of its name, or by its id: the server searches, since there may be thousands. */
import { Select, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import { useAccount, useAccounts } from '../../api/accounts.ts';
import type { Account } from '../../api/schemas.ts';

export function AccountPicker({
  label,
  description,
  type,
  value,
  onChange,
  error,
}: {
  readonly label: string;
  readonly description?: string;
  /** Only accounts of this type; absent: of any. */
  readonly type?: Account['type'];
  readonly value: string | null;
  readonly onChange: (id: string | null) => void;
  readonly error: ReactNode;
}) {
  const chosen = useAccount(value);
  const [typed, setTyped] = useState('');
  // The name of what is chosen stands in the field too: all are offered then.
  const [search] = useDebouncedValue(typed === chosen.data?.name ? '' : typed.trim(), 200);
  const found = useAccounts({ page: 1, search, ...(type === undefined ? {} : { type }) });
  const accounts = withChosen(found.data?.accounts ?? [], chosen.data);
  const unread = found.error ?? chosen.error;

  return (
    <Select
      label={label}
      description={description}
      placeholder="Name or id"
      searchable
      data={accounts.map(({ id, name }) => ({ value: id, label: name }))}
      filter={({ options }) => options}
      nothingFoundMessage={found.isFetching ? 'Looking for it' : 'No account has this name or id'}
      renderOption={({ option }) => <Option account={accounts.find(({ id }) => id === option.value)} />}
      value={value}
      onChange={onChange}
      onSearchChange={setTyped}
      error={error ?? unread?.message}
    />
  );
}

function withChosen(found: readonly Account[], chosen: Account | undefined): readonly Account[] {
  if (chosen === undefined || found.some(({ id }) => id === chosen.id)) return found;
  return [chosen, ...found];
}

/** Names need not be unique: the id tells accounts apart. */
function Option({ account }: { readonly account: Account | undefined }) {
  if (account === undefined) return null;
  const facts = [account.type, ...(account.status === 'active' ? [] : [account.status]), account.id];
  return (
    <Stack gap={0}>
      <Text size="sm">{account.name}</Text>
      <Text size="xs" c="dimmed">
        {facts.join(' · ')}
      </Text>
    </Stack>
  );
}
