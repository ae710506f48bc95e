import { Button, Group, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';

/** By the id that publishing answered. */
export function EventLookUp() {
  const [id, setId] = useState('');
  const [complaint, setComplaint] = useState<string | null>(null);
  const [, navigate] = useLocation();

  function submit(event: FormEvent) {
    event.preventDefault();
    const wanted = id.trim();
    setComplaint(wanted === '' ? 'Enter the id of an event' : null);
    if (wanted !== '') navigate(`/events/${encodeURIComponent(wanted)}`);
  }

  return (
    <form onSubmit={submit}>
      <Group align="flex-start" maw={720} mb="md">
        <TextInput
          label="Event id"
          description="As publishing answered it."
          value={id}
          onChange={(event) => setId(event.currentTarget.value)}
          error={complaint}
          autoComplete="off"
          spellCheck={false}
          flex={1}
        />
        <Button type="submit" mt={46}>
          Look it up
        </Button>
      </Group>
    </form>
  );
}
