import { Code, Stack, Table, Text, Title } from '@mantine/core';
import type { WebhookEventDetail } from '../../api/schemas.ts';
import { BodyView } from './body-view.tsx';

/** The request of the latest attempt; before the first, the one that it will make. */
export function SentRequest({
  request,
  attempts,
}: {
  readonly request: WebhookEventDetail['request'];
  readonly attempts: number;
}) {
  const { method, url, headers, body, as_sent } = request;
  return (
    <section aria-labelledby="request">
      <Title order={3} size="h5" id="request" mb="xs">
        Request
      </Title>
      <Stack gap="sm">
        <Text size="sm">{provenance(as_sent, attempts)}</Text>
        <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {method} {url}
        </Code>
        {headers !== null && <HeaderTable headers={headers} />}
        {body === null ? (
          <Text size="sm">The event is older than the retention; its body is not kept any more.</Text>
        ) : (
          <BodyView body={body} />
        )}
      </Stack>
    </section>
  );
}

function provenance(asSent: boolean, attempts: number): string {
  if (attempts === 0) return 'Nothing was sent yet. This is what an attempt would send now.';
  if (asSent) return `As it was sent at attempt ${attempts}.`;
  return 'The webhook was changed since the latest attempt: the URL and the signatures are those of now, the body is what was sent.';
}

function HeaderTable({ headers }: { readonly headers: Readonly<Record<string, string>> }) {
  return (
    <Table verticalSpacing={2} withTableBorder aria-label="Headers" layout="fixed">
      <Table.Tbody>
        {Object.entries(headers).map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" w="38%" fw={500} fz="xs" style={{ overflowWrap: 'anywhere' }}>
              {name}
            </Table.Th>
            <Table.Td fz="xs" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
              {value}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
