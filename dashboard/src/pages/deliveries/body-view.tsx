import { Button, Group, SegmentedControl, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { prettyJson } from './pretty-json.ts';
import { TextBlock } from './text-block.tsx';

/** Longer ones are shown in full only for who asks for it: laying them out takes a browser a moment. */
const shownLengthMax = 50_000;
const beginningLength = 2000;

const forms = [
  { value: 'pretty', label: 'Pretty' },
  { value: 'raw', label: 'Raw' },
] as const;

export function BodyView({ body }: { readonly body: string }) {
  const [form, setForm] = useState<string>('pretty');
  const [isWhole, setWhole] = useState(body.length <= shownLengthMax);
  const shown = isWhole ? body : body.slice(0, beginningLength);
  const text = useMemo(() => (form === 'pretty' ? prettyJson(shown) : shown), [form, shown]);
  return (
    <div>
      <Group justify="space-between">
        <Text size="sm" fw={500}>
          Body, {body.length.toLocaleString()} characters
        </Text>
        <SegmentedControl
          size="xs"
          aria-label="Form of the body"
          data={[...forms]}
          value={form}
          onChange={setForm}
        />
      </Group>
      <TextBlock label="Body" text={isWhole ? text : `${text}…`} heightMax={480} />
      {!isWhole && (
        <Button mt="xs" size="xs" variant="default" onClick={() => setWhole(true)}>
          Show the whole body
        </Button>
      )}
    </div>
  );
}
