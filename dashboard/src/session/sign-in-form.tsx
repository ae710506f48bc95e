import { Button, PasswordInput, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ApiProblem } from '../api/problem.ts';
import { ChangeProblem } from '../parts/change-problem.tsx';
import { type Identity, identify } from './identity.ts';

/** Accepts a key once the API does. */
export function SignInForm({
  onSignedIn,
  accepts = () => null,
}: {
  readonly onSignedIn: (key: string) => void;
  /** A sentence about a key that is valid and not wanted here; null: it is wanted. */
  readonly accepts?: (identity: Identity) => string | null;
}) {
  const [key, setKey] = useState('');
  const [complaint, setComplaint] = useState<string | null>(null);
  const signIn = useMutation({ mutationFn: identify });
  const isRefused = signIn.error instanceof ApiProblem && signIn.error.status === 401;

  function submit(event: FormEvent) {
    event.preventDefault();
    setComplaint(key.trim() === '' ? 'Enter an API key' : null);
    if (key.trim() === '') return;
    signIn.mutate(key.trim(), {
      onSuccess(identity) {
        const complaintOfPage = accepts(identity);
        if (complaintOfPage === null) onSignedIn(key.trim());
        else setComplaint(complaintOfPage);
      },
    });
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        <PasswordInput
          label="API key"
          description="Of an account, or of the platform. Kept in this tab only, until it is closed."
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
          error={complaint ?? (isRefused ? 'This key is unknown, revoked or expired' : null)}
          autoComplete="off"
          spellCheck={false}
          data-autofocus
          visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the key' }}
        />
        {signIn.error !== null && !isRefused && <ChangeProblem problem={signIn.error} />}
        <Button type="submit" loading={signIn.isPending}>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}
