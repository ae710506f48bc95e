import { Box, Button, SimpleGrid, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useId } from 'react';
import { retryCountRange, timeoutSecondsRange } from '../../../../src/domain/webhook.ts';
import type { FieldProblems } from '../../api/field-problems.ts';
import type { draftFields, WebhookDraft } from './webhook-draft.ts';

/** What most leave as it is: out of the way, unless something is wrong with it. */
export function AdvancedFields({
  draft,
  problems,
  onChange,
}: {
  readonly draft: WebhookDraft;
  readonly problems: FieldProblems<(typeof draftFields)[number]>;
  readonly onChange: (draft: WebhookDraft) => void;
}) {
  const fieldsId = useId();
  const [isOpened, fields] = useDisclosure(false);
  const isOpen = isOpened || problems.has('retry_count') || problems.has('timeout_seconds');
  return (
    <Box>
      <Button
        variant="transparent"
        size="compact-sm"
        ml={-8}
        aria-expanded={isOpen}
        aria-controls={fieldsId}
        onClick={fields.toggle}
      >
        Advanced
      </Button>
      {isOpen && (
        <SimpleGrid id={fieldsId} cols={{ base: 1, xs: 2 }} mt="xs">
          <TextInput
            label="Retries"
            description={`After the first try, ${retryCountRange.min} to ${retryCountRange.max}.`}
            type="number"
            min={retryCountRange.min}
            max={retryCountRange.max}
            value={draft.retryCount}
            onChange={({ currentTarget }) => onChange({ ...draft, retryCount: currentTarget.value })}
            error={problems.get('retry_count')}
          />
          <TextInput
            label="Timeout in seconds"
            description={`For the whole answer, ${timeoutSecondsRange.min} to ${timeoutSecondsRange.max}.`}
            type="number"
            min={timeoutSecondsRange.min}
            max={timeoutSecondsRange.max}
            value={draft.timeoutSeconds}
            onChange={({ currentTarget }) => onChange({ ...draft, timeoutSeconds: currentTarget.value })}
            error={problems.get('timeout_seconds')}
          />
        </SimpleGrid>
      )}
    </Box>
  );
}
