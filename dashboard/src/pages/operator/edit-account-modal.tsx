import { Modal, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useChangeAccount } from '../../api/accounts.ts';
import { fieldProblems } from '../../api/field-problems.ts';
import type { Account } from '../../api/schemas.ts';
import { FormEnd } from './form-end.tsx';

export function EditAccountModal({
  account,
  opened,
  onClose,
}: {
  readonly account: Account;
  readonly opened: boolean;
  readonly onClose: () => void;
}) {
  return (
    <Modal opened={opened} onClose={onClose} title="Edit the account" closeOnClickOutside={false}>
      <EditAccountForm account={account} onDone={onClose} />
    </Modal>
  );
}

function EditAccountForm({ account, onDone }: { readonly account: Account; readonly onDone: () => void }) {
  const [name, setName] = useState(account.name);
  const [email, setEmail] = useState(account.email ?? '');
  const change = useChangeAccount(account.id);
  const problems = fieldProblems(change.error, ['name', 'email']);

  function submit(event: FormEvent) {
    event.preventDefault();
    change.mutate({ name, email: email.trim() === '' ? null : email.trim() }, { onSuccess: onDone });
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label="Name"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={problems.get('name')}
          data-autofocus
        />
        <TextInput
          label="Email"
          description="Optional. Nothing is sent to it."
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          error={problems.get('email')}
          inputMode="email"
        />
        <FormEnd
          action="Save"
          problem={problems.size === 0 ? change.error : null}
          isPending={change.isPending}
          onCancel={onDone}
        />
      </Stack>
    </form>
  );
}
