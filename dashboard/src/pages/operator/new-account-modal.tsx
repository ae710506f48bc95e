import { Modal, Select, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { useCreateAccount } from '../../api/accounts.ts';
import { fieldProblems } from '../../api/field-problems.ts';
import type { Account } from '../../api/schemas.ts';
import { AccountPicker } from './account-picker.tsx';
import { FormEnd } from './form-end.tsx';

const types = [
  { value: 'user', label: 'User: a customer that stands alone' },
  { value: 'organization', label: 'Organization: a customer with several senders, its profiles' },
  { value: 'profile', label: 'Profile: one of the senders of an organization' },
] as const;

export function NewAccountModal({
  opened,
  onClose,
  organizationId = null,
}: {
  readonly opened: boolean;
  readonly onClose: () => void;
  /** A profile of this one is wanted. */
  readonly organizationId?: string | null;
}) {
  const title = organizationId === null ? 'New account' : 'New profile';
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeOnClickOutside={false}>
      <NewAccountForm organizationId={organizationId} onCancel={onClose} />
    </Modal>
  );
}

function NewAccountForm({
  organizationId,
  onCancel,
}: {
  readonly organizationId: string | null;
  readonly onCancel: () => void;
}) {
  const [type, setType] = useState<Account['type']>(organizationId === null ? 'user' : 'profile');
  const [name, setName] = useState('');
  const [organization, setOrganization] = useState(organizationId);
  const [email, setEmail] = useState('');
  const [, navigate] = useLocation();
  const creation = useCreateAccount();
  const shown = organizationId === null ? (['type', 'organization_id'] as const) : [];
  const problems = fieldProblems(creation.error, ['name', 'email', ...shown]);

  function submit(event: FormEvent) {
    event.preventDefault();
    creation.mutate(
      {
        type,
        name,
        ...(type === 'profile' ? { organization_id: organization } : {}),
        email: email.trim() === '' ? null : email.trim(),
      },
      { onSuccess: ({ id }) => navigate(`/accounts/${id}`) },
    );
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
        {organizationId === null && (
          <Select
            label="Type"
            data={types}
            value={type}
            onChange={(value) => value !== null && setType(value)}
            allowDeselect={false}
            error={problems.get('type')}
          />
        )}
        {organizationId === null && type === 'profile' && (
          <AccountPicker
            label="Organization"
            type="organization"
            value={organization}
            onChange={setOrganization}
            error={problems.get('organization_id')}
          />
        )}
        <TextInput
          label="Email"
          description="Optional. Nothing is sent to it."
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          error={problems.get('email')}
          inputMode="email"
        />
        <FormEnd
          action="Create"
          problem={problems.size === 0 ? creation.error : null}
          isPending={creation.isPending}
          onCancel={onCancel}
        />
      </Stack>
    </form>
  );
}
