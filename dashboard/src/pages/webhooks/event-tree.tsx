import { Fieldset, Input, Stack, Text } from '@mantine/core';
import { useId } from 'react';
import type { SubscribableTypeList } from '../../api/schemas.ts';
import type { EventChoices } from './event-choices.ts';
import { familiesOf } from './event-families.ts';
import { FamilyBranch } from './family-branch.tsx';

/** The catalogue as a tree: a family as a whole, or some of its events. */
export function EventTree({
  catalogue,
  choices,
  error,
  onChange,
}: {
  readonly catalogue: SubscribableTypeList;
  readonly choices: EventChoices;
  /** What the API says against the choice. */
  readonly error: string | undefined;
  readonly onChange: (choices: EventChoices) => void;
}) {
  const errorId = useId();
  const families = familiesOf(catalogue, choices);
  return (
    <Fieldset legend="Events" variant="default" aria-describedby={error === undefined ? undefined : errorId}>
      <Text size="sm" c="dimmed" mb="sm">
        A whole family, which then includes what is added to it later, or only some of its events.
      </Text>
      <Stack gap="xs">
        {families.map((family) => (
          <FamilyBranch
            key={family.name}
            family={family}
            choices={choices}
            isInvalid={error !== undefined}
            onChange={onChange}
          />
        ))}
      </Stack>
      {error !== undefined && (
        <Input.Error id={errorId} mt="sm" size="sm">
          {error}
        </Input.Error>
      )}
    </Fieldset>
  );
}
