import { Badge, Table, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import type { WebhookList } from '../../api/schemas.ts';
import { useWebhooks } from '../../api/webhooks.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Moment } from '../../parts/moment.tsx';
import { PageSwitch } from '../../parts/page-switch.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Page } from '../../shell/page.tsx';

export function WebhooksPage() {
  const [page, setPage] = useState(1);
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), 300);
  const webhooks = useWebhooks({ page, search });
  return (
    <Page title="Webhooks">
      <TextInput
        label="Search"
        placeholder="Name or address"
        mb="md"
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          setPage(1);
        }}
      />
      <QueryView query={webhooks} what="webhooks">
        {(list) =>
          list.webhooks.length === 0 ? <NoWebhooks search={search} /> : <WebhookTable list={list} />
        }
      </QueryView>
      {webhooks.data && <PageSwitch pagination={webhooks.data.pagination} onChange={setPage} />}
    </Page>
  );
}

function NoWebhooks({ search }: { readonly search: string }) {
  if (search !== '')
    return <EmptyState title="Nothing found">No name and no address contains “{search}”.</EmptyState>;
  return (
    <EmptyState title="No webhooks yet">
      A webhook is an address of yours that is told what happens to your messages.
    </EmptyState>
  );
}

function WebhookTable({ list }: { readonly list: WebhookList }) {
  return (
    <Table.ScrollContainer minWidth={480}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Webhook</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th>Last delivery</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list.webhooks.map((webhook) => (
            <Table.Tr key={webhook.id}>
              <Table.Td>
                <Text fw={600}>{webhook.display_name}</Text>
                <Text size="sm" c="dimmed" truncate maw={420}>
                  {webhook.endpoint_url}
                </Text>
              </Table.Td>
              <Table.Td>
                <Badge color={webhook.is_active ? 'green' : 'gray'}>
                  {webhook.is_active ? 'active' : 'disabled'}
                </Badge>
              </Table.Td>
              <Table.Td>
                <Moment value={webhook.last_successful_delivery_at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
