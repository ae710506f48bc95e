import { Textarea } from '@mantine/core';
import type { ReactNode } from 'react';

/** JSON as plain text, so that it is kept as it is typed. */
export function JsonField({
  label,
  description,
  value,
  onChange,
  error,
}: {
  readonly label: string;
  readonly description: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly error: ReactNode;
}) {
  return (
    <Textarea
      label={label}
      description={description}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
      autosize
      minRows={8}
      maxRows={24}
      spellCheck={false}
      autoCapitalize="off"
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
    />
  );
}
