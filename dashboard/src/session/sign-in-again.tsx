import { Button, Modal, Stack, Text } from '@mantine/core';
import type { Identity } from './identity.ts';
import { useSession } from './session.ts';
import { SignInForm } from './sign-in-form.tsx';

/** Above the page, which stays as it is. */
export function SignInAgain({
  onSignedIn,
  onSignOut,
}: {
  readonly onSignedIn: (key: string) => void;
  readonly onSignOut: () => void;
}) {
  const { identity } = useSession();
  const isOfSameOwner = (next: Identity) =>
    ownerOf(next) === ownerOf(identity) ? null : 'This key is of another account: sign out first';
  return (
    <Modal
      opened
      onClose={onSignOut}
      title="Your key is not accepted any more"
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <Stack>
        <Text>
          It was revoked or has expired. Enter another one to go on where you are: what you typed is still
          there.
        </Text>
        <SignInForm onSignedIn={onSignedIn} accepts={isOfSameOwner} />
        <Button variant="default" onClick={onSignOut}>
          Sign out
        </Button>
      </Stack>
    </Modal>
  );
}

function ownerOf(identity: Identity): string {
  return identity.kind === 'account' ? identity.me.id : 'platform';
}
