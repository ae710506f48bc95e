import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { copyText } from './copy-text.ts';

const words = { copied: 'Copied', refused: 'Select and copy it' } as const;
const shownMs = 2000;

/** Says to the eye and to the ear that it has copied, or that the browser does not let it. */
export function CopyButton({
  value,
  label = 'Copy',
  what,
}: {
  readonly value: string;
  readonly label?: string;
  /** For the ear, where several stand on a page: "Copy URL". */
  readonly what?: string;
}) {
  const [outcome, setOutcome] = useState<keyof typeof words | null>(null);
  useEffect(() => {
    if (outcome === null) return;
    const timer = setTimeout(() => setOutcome(null), shownMs);
    return () => clearTimeout(timer);
  }, [outcome]);

  async function copy() {
    setOutcome((await copyText(value)) ? 'copied' : 'refused');
  }

  const name = what === undefined ? label : `${label} ${what}`;
  return (
    <Button
      size="compact-xs"
      variant="default"
      style={{ flexShrink: 0 }}
      onClick={() => void copy()}
      aria-label={outcome === null ? name : words[outcome]}
      aria-live="polite"
    >
      {outcome === null ? label : words[outcome]}
    </Button>
  );
}
