/** The frame of every page: where one is, as whom, and where else to go. */
import { AppShell, Burger, Button, Group, NavLink, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import { useSession } from '../session/session.ts';
import { ColorSchemeSwitch } from './color-scheme-switch.tsx';
import { PageBoundary } from './page-boundary.tsx';
import { ProfileSwitcher } from './profile-switcher.tsx';

export interface Destination {
  /** Behind the # of the address. */
  readonly path: string;
  readonly label: string;
}

export function Shell({
  destinations,
  children,
}: {
  readonly destinations: readonly Destination[];
  readonly children: ReactNode;
}) {
  const { identity, signOut } = useSession();
  const [isMenuOpen, menu] = useDisclosure(false);
  const [location] = useLocation();
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !isMenuOpen } }}
      padding="md"
    >
      <AppShell.Header>
        <Group h="100%" px="md" wrap="nowrap">
          <Burger
            opened={isMenuOpen}
            onClick={menu.toggle}
            hiddenFrom="sm"
            size="sm"
            aria-label={isMenuOpen ? 'Close the menu' : 'Open the menu'}
          />
          <img src="/icon.svg" width={28} height={28} alt="" />
          <Text fw={700}>Posthorn</Text>
          <Text truncate c="dimmed" ml="auto">
            {identity.kind === 'platform' ? 'Platform' : identity.me.name}
          </Text>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="md">
        <Stack h="100%" justify="space-between">
          <Stack>
            {identity.kind === 'account' && <ProfileSwitcher me={identity.me} />}
            <Navigation destinations={destinations} onGo={menu.close} />
          </Stack>
          <Stack>
            <ColorSchemeSwitch />
            <Button variant="default" onClick={signOut}>
              Sign out
            </Button>
          </Stack>
        </Stack>
      </AppShell.Navbar>
      <AppShell.Main>
        <PageBoundary place={location}>{children}</PageBoundary>
      </AppShell.Main>
    </AppShell>
  );
}

function Navigation({
  destinations,
  onGo,
}: {
  readonly destinations: readonly Destination[];
  readonly onGo: () => void;
}) {
  const [location] = useLocation();
  const isAt = (path: string) => (path === '/' ? location === '/' : location.startsWith(path));
  return (
    <nav aria-label="Main">
      {destinations.map(({ path, label }) => (
        <NavLink
          key={path}
          href={`#${path}`}
          label={label}
          active={isAt(path)}
          aria-current={isAt(path) ? 'page' : undefined}
          onClick={onGo}
        />
      ))}
      <NavLink href="/docs" label="API reference" />
    </nav>
  );
}
