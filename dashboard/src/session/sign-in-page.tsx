import { Anchor, Center, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { ColorSchemeSwitch } from '../shell/color-scheme-switch.tsx';
import { SignInForm } from './sign-in-form.tsx';

export function SignInPage({
  onSignedIn,
  problem,
}: {
  readonly onSignedIn: (key: string) => void;
  /** Why the key of before is not accepted any more. */
  readonly problem?: Error;
}) {
  return (
    <Center component="main" mih="100vh" p="md">
      <Stack w="100%" maw={420}>
        <Group gap="sm">
          <img src="/icon.svg" width={36} height={36} alt="" />
          <Title order={1} size="h2">
            Posthorn
          </Title>
        </Group>
        <Text>See your webhooks, what was delivered to them, and why something was not.</Text>
        {problem !== undefined && <ProblemAlert problem={problem} />}
        <Paper withBorder p="lg">
          <SignInForm onSignedIn={onSignedIn} />
        </Paper>
        <Text size="sm">
          No key yet? At its first start the service prints one and keeps it in <code>keys.json</code> of its
          data directory; later ones are made by the operator of the platform.{' '}
          <Anchor href="/docs" underline="always">
            API reference
          </Anchor>
        </Text>
        <ColorSchemeSwitch />
      </Stack>
    </Center>
  );
}
