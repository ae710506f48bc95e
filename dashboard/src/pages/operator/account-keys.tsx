import { Button, Code, Group, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { useApiKeys } from '../../api/api-keys.ts';
import type { ApiKey } from '../../api/schemas.ts';
import { Moment } from '../../parts/moment.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { NewKeyModal } from './new-key-modal.tsx';
import { RevokeKeyModal } from './revoke-key-modal.tsx';
import { Section } from './section.tsx';
import { StateBadge } from './state-badge.tsx';

export function AccountKeys({ accountId }: { readonly accountId: string }) {
  const keys = useApiKeys(accountId);
  const [isCreating, creation] = useDisclosure(false);
  const [toRevoke, setToRevoke] = useState<ApiKey | null>(null);
  const newKey = (
    <Button size="xs" variant="default" onClick={creation.open}>
      New API key
    </Button>
  );
  return (
    <Section title="API keys" actions={newKey}>
      <QueryView query={keys} what="API keys">
        {({ api_keys }) =>
          api_keys.length === 0 ? (
            <Text>None yet. With one, the customer manages webhooks and reads their logs.</Text>
          ) : (
            <KeyTable keys={api_keys} onRevoke={setToRevoke} />
          )
        }
      </QueryView>
      <NewKeyModal accountId={accountId} opened={isCreating} onClose={creation.close} />
      <RevokeKeyModal accountId={accountId} apiKey={toRevoke} onClose={() => setToRevoke(null)} />
    </Section>
  );
}

function KeyTable({
  keys,
  onRevoke,
}: {
  readonly keys: readonly ApiKey[];
  readonly onRevoke: (key: ApiKey) => void;
}) {
  return (
    <Table.ScrollContainer minWidth={280}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th visibleFrom="xs">Begins with</Table.Th>
            <Table.Th visibleFrom="xs">Created</Table.Th>
            <Table.Th>Expires</Table.Th>
            <Table.Th>Action</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {keys.map((key) => (
            <Table.Tr key={key.id}>
              <Table.Td>{key.name ?? 'without a name'}</Table.Td>
              <Table.Td visibleFrom="xs">
                <Code>{key.prefix}…</Code>
              </Table.Td>
              <Table.Td visibleFrom="xs">
                <Moment value={key.created_at} />
              </Table.Td>
              <Table.Td>
                <Expiry moment={key.expires_at} />
              </Table.Td>
              <Table.Td>
                <Button
                  size="compact-xs"
                  variant="default"
                  onClick={() => onRevoke(key)}
                  aria-label={`Revoke ${key.name ?? key.prefix}`}
                >
                  Revoke
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Expiry({ moment }: { readonly moment: string | null }) {
  const isOver = moment !== null && Date.parse(moment) <= Date.now();
  return (
    <Group gap="xs">
      <Moment value={moment} />
      {isOver && <StateBadge state="expired" />}
    </Group>
  );
}
