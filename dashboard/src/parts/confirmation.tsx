import { Button, Group, Stack, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { ChangeProblem } from './change-problem.tsx';

/** Asks before what cannot be taken back; where much would be lost, a name must be typed. */
export function Confirmation({
  children,
  action,
  nameToType,
  problem,
  isPending,
  onConfirm,
  onCancel,
}: {
  readonly children: ReactNode;
  readonly action: string;
  readonly nameToType?: string;
  readonly problem: Error | null;
  readonly isPending: boolean;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
}) {
  const [typed, setTyped] = useState('');
  const isTyped = nameToType === undefined || isSameName(typed, nameToType);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (isTyped) onConfirm();
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        {children}
        {nameToType !== undefined && (
          <TextInput
            label={`Type “${nameToType}” to confirm`}
            value={typed}
            onChange={({ currentTarget }) => setTyped(currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
        )}
        {problem !== null && <ChangeProblem problem={problem} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel} data-autofocus={nameToType === undefined || undefined}>
            Cancel
          </Button>
          <Button type="submit" color="red" disabled={!isTyped} loading={isPending}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Letter by letter, but for white space: the page shows a line end or two spaces as one, and no field takes a line end. */
function isSameName(typed: string, name: string): boolean {
  const plain = (text: string) => text.trim().replace(/\s+/g, ' ');
  return plain(typed) === plain(name);
}
