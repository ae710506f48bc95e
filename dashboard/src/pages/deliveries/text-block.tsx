import { Code } from '@mantine/core';

/** Text of others as it came, in a box that the keyboard can scroll. */
export function TextBlock({
  label,
  text,
  heightMax,
}: {
  readonly label: string;
  readonly text: string;
  /** In pixels. */
  readonly heightMax: number;
}) {
  return (
    <Code
      block
      tabIndex={0}
      role="region"
      aria-label={label}
      mah={heightMax}
      mt={4}
      style={{ overflow: 'auto', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}
    >
      {text}
    </Code>
  );
}
