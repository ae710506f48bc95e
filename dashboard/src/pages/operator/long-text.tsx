import { Code, Spoiler } from '@mantine/core';

/** Its beginning, and the rest for whoever asks. */
export function LongText({ text }: { readonly text: string }) {
  return (
    <Spoiler maxHeight={160} showLabel="Show all" hideLabel="Show less">
      <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
        {text}
      </Code>
    </Spoiler>
  );
}
