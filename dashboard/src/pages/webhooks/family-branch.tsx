import { Box, Button, Checkbox, Group, SimpleGrid, VisuallyHidden } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useId } from 'react';
import { chooseEvent, chooseFamily, type EventChoices } from './event-choices.ts';
import type { EventFamily } from './event-families.ts';

/** A family with its events, which are out of the way until some of them are chosen. */
export function FamilyBranch({
  family,
  choices,
  isInvalid,
  onChange,
}: {
  readonly family: EventFamily;
  readonly choices: EventChoices;
  readonly isInvalid: boolean;
  readonly onChange: (choices: EventChoices) => void;
}) {
  const branchId = useId();
  const { name, events } = family;
  const chosen = choices.get(name)?.events ?? [];
  const [isOpen, branch] = useDisclosure(chosen !== 'all' && chosen.length > 0);
  const isChosen = (suffix: string) => chosen === 'all' || chosen.includes(suffix);
  const available = events.filter(({ isAvailable }) => isAvailable).map(({ suffix }) => suffix);
  return (
    <Box>
      <Group justify="space-between" align="start" wrap="nowrap" gap="xs">
        <Checkbox
          label={withState(name, family.isAvailable)}
          description={family.description}
          checked={chosen === 'all'}
          indeterminate={chosen !== 'all' && chosen.length > 0}
          error={isInvalid}
          aria-invalid={isInvalid || undefined}
          onChange={({ currentTarget }) => onChange(chooseFamily(choices, name, currentTarget.checked))}
        />
        {events.length > 0 && (
          <Button
            variant="transparent"
            size="compact-sm"
            aria-expanded={isOpen}
            aria-controls={branchId}
            onClick={branch.toggle}
            style={{ flexShrink: 0 }}
          >
            {chosen === 'all' ? 'all' : `${chosen.length} of`} {events.length} events
            <VisuallyHidden> of {name}</VisuallyHidden>
          </Button>
        )}
      </Group>
      {isOpen && (
        <SimpleGrid id={branchId} cols={{ base: 1, xs: 2, md: 3 }} spacing="xs" pl="xl" py="xs">
          {events.map(({ suffix, isAvailable }) => (
            <Checkbox
              key={suffix}
              label={withState(`${name}.${suffix}`, isAvailable)}
              checked={isChosen(suffix)}
              onChange={({ currentTarget }) =>
                onChange(
                  chooseEvent(choices, name, {
                    event: suffix,
                    isChosen: currentTarget.checked,
                    of: available,
                  }),
                )
              }
            />
          ))}
        </SimpleGrid>
      )}
    </Box>
  );
}

function withState(name: string, isAvailable: boolean): string {
  return isAvailable ? name : `${name} (not available any more)`;
}
