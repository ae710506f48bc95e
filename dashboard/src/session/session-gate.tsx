/** Lets nobody through without a key that the API accepts. A key that is refused later is asked for above the page, which keeps what was typed. */
import { Button, Center, Loader, Stack } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useRef, useState } from 'react';
import { createApi } from '../api/client.ts';
import { isPassing } from '../api/problem.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { type Identity, identify } from './identity.ts';
import { SessionContext } from './session.ts';
import { SignInPage } from './sign-in-page.tsx';
import { readStoredSession, storeSession } from './stored-session.ts';
import { useRefusedKey } from './use-refused-key.ts';

const SignInAgain = lazy(async () => ({ default: (await import('./sign-in-again.tsx')).SignInAgain }));

/** What is asked while nobody is signed in is refused. */
const nobody = { key: '', profileId: null };

export function SessionGate({ children }: { readonly children: ReactNode }) {
  const [credentials, setCredentials] = useState(readStoredSession);
  const queryClient = useQueryClient();
  const refused = useRefusedKey();
  const key = credentials?.key ?? null;
  const identity = useQuery({
    queryKey: ['identity', key],
    queryFn: () => identify(key ?? ''),
    enabled: key !== null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  });
  const current = useRef(credentials);
  const [api] = useState(() => createApi(() => current.current ?? nobody));

  function become(next: typeof credentials) {
    current.current = next;
    storeSession(next);
    setCredentials(next);
    refused.forget();
  }

  function signOut() {
    become(null);
    queryClient.clear();
    location.hash = '';
  }

  function signIn(newKey: string) {
    become({ key: newKey, profileId: null });
  }

  function signInAgain(newKey: string) {
    // It was seen to be of the same owner: the page need not wait to be told so.
    queryClient.setQueryData(['identity', newKey], identity.data);
    become({ key: newKey, profileId: credentials?.profileId ?? null });
    // All but the question whose the key of before is.
    void queryClient.invalidateQueries({ predicate: ({ queryKey: [kind] }) => kind !== 'identity' });
  }

  if (credentials === null) return <SignInPage onSignedIn={signIn} />;
  if (identity.isError && !isPassing(identity.error))
    return <SignInPage onSignedIn={signIn} problem={identity.error} />;
  if (identity.data === undefined) return <Waiting problem={identity.failureReason} onSignOut={signOut} />;

  if (!mayActAs(identity.data, credentials.profileId)) {
    return <ProfileGone onGoOn={() => become({ ...credentials, profileId: null })} />;
  }

  const session = {
    identity: identity.data,
    api,
    profileId: credentials.profileId,
    actAs(profileId: string | null) {
      become({ ...credentials, profileId });
      location.hash = '';
    },
    signOut,
  };
  return (
    <SessionContext value={session}>
      <div key={credentials.profileId}>{children}</div>
      {refused.isRefused && (
        <Suspense>
          <SignInAgain onSignedIn={signInAgain} onSignOut={signOut} />
        </Suspense>
      )}
    </SessionContext>
  );
}

/** Null is whoever has the key, itself. */
function mayActAs(identity: Identity, profileId: string | null): boolean {
  if (profileId === null) return true;
  return identity.kind === 'account' && identity.me.profiles.some(({ id }) => id === profileId);
}

function ProfileGone({ onGoOn }: { readonly onGoOn: () => void }) {
  return (
    <Center component="main" mih="100vh" p="md">
      <EmptyState
        title="The profile is gone"
        action={<Button onClick={onGoOn}>Go on as the organization</Button>}
      >
        The profile that you acted as was deleted since.
      </EmptyState>
    </Center>
  );
}

function Waiting({ problem, onSignOut }: { readonly problem: Error | null; readonly onSignOut: () => void }) {
  return (
    <Center mih="100vh">
      <Stack align="center" maw={480} p="md">
        <Loader aria-label="Signing in" role="status" />
        {problem !== null && <ProblemAlert problem={problem} />}
        {problem !== null && (
          <Button variant="default" onClick={onSignOut}>
            Use another key
          </Button>
        )}
      </Stack>
    </Center>
  );
}
