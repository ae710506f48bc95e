import { Group, Input, SegmentedControl, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { healthChoices, sortChoices, type WebhookListFilters } from './list-filters.ts';

const healthWords = { '': 'All', active: 'Active', failing: 'Failing', disabled: 'Disabled' } as const;
const sortWords = { newest: 'Newest first', failing: 'Failing first' } as const;

export function WebhookFilters({
  filters,
  onChange,
}: {
  readonly filters: WebhookListFilters;
  readonly onChange: (filters: WebhookListFilters) => void;
}) {
  const [typed, setTyped] = useState(filters.search);
  // Also when it is changed elsewhere: by the browser's way back, or by a link that shows all again.
  useEffect(() => {
    setTyped((now) => (now.trim() === filters.search ? now : filters.search));
  }, [filters.search]);
  const search = useDebouncedCallback((text: string) => {
    onChange({ ...filters, search: text.trim(), page: 1 });
  }, 300);
  return (
    <Group align="end" mb="md" gap="sm">
      <TextInput
        label="Search"
        placeholder="Name or URL"
        type="search"
        flex="1 1 200px"
        value={typed}
        onChange={({ currentTarget: { value } }) => {
          setTyped(value);
          search(value);
        }}
      />
      <Choice
        label="Health"
        data={healthChoices.map((value) => ({ value, label: healthWords[value] }))}
        value={filters.health}
        onChange={(health) => onChange({ ...filters, health, page: 1 })}
      />
      <Choice
        label="Order"
        data={sortChoices.map((value) => ({ value, label: sortWords[value] }))}
        value={filters.sort}
        onChange={(sort) => onChange({ ...filters, sort, page: 1 })}
      />
    </Group>
  );
}

function Choice<Value extends string>({
  label,
  ...control
}: {
  readonly label: string;
  readonly data: { value: Value; label: string }[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}) {
  return (
    <Input.Wrapper label={label} labelElement="div">
      <div>
        <SegmentedControl aria-label={label} {...control} />
      </div>
    </Input.Wrapper>
  );
}
