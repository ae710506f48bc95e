import { Group, NativeSelect, Switch, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';
import { deliveryStatuses } from '../../../../src/domain/delivery.ts';
import { type DeliveryFilters, type TimeRange, timeRanges } from '../../api/delivery-filters.ts';

const rangeLabels: Record<TimeRange, string> = {
  all: 'Any time',
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  custom: 'From – to',
};

/** From the last keystroke. */
const typingMs = 300;

interface FilterProps {
  readonly filters: DeliveryFilters;
  readonly onChange: (part: Partial<DeliveryFilters>) => void;
}

export function DeliveryFilterBar({
  filters,
  onChange,
  isLive,
  onLiveChange,
}: FilterProps & { readonly isLive: boolean; readonly onLiveChange: (isLive: boolean) => void }) {
  return (
    <Group align="end" gap="sm" role="search" aria-label="Deliveries">
      <SearchField filters={filters} onChange={onChange} />
      <NativeSelect
        label="Status"
        flex="1 1 130px"
        maw={180}
        data={[{ value: '', label: 'Any status' }, ...deliveryStatuses]}
        value={filters.status ?? ''}
        onChange={({ currentTarget: { value } }) =>
          onChange({ status: deliveryStatuses.find((status) => status === value) ?? null })
        }
      />
      <NativeSelect
        label="Time"
        flex="1 1 130px"
        maw={180}
        data={timeRanges.map((value) => ({ value, label: rangeLabels[value] }))}
        value={filters.range}
        onChange={({ currentTarget: { value } }) =>
          onChange({ range: timeRanges.find((range) => range === value) ?? 'all', from: null, to: null })
        }
      />
      {filters.range === 'custom' && <CustomRange filters={filters} onChange={onChange} />}
      <Switch
        label="Live"
        mb={8}
        checked={isLive && filters.page === 1}
        disabled={filters.page > 1}
        title={filters.page > 1 ? 'Only the first page is kept up to date' : undefined}
        onChange={({ currentTarget }) => onLiveChange(currentTarget.checked)}
      />
    </Group>
  );
}

function SearchField({ filters, onChange }: FilterProps) {
  const [typed, setTyped] = useState(filters.search);
  const [known, setKnown] = useState(filters.search);
  const search = useDebouncedCallback((text: string) => onChange({ search: text }), typingMs);
  // The address was changed by other means than this field.
  if (known !== filters.search) {
    setKnown(filters.search);
    if (typed.trim() !== filters.search) setTyped(filters.search);
  }
  return (
    <TextInput
      label="Search"
      placeholder="Part of an event type, or an id"
      type="search"
      flex="1 1 260px"
      value={typed}
      onChange={({ currentTarget: { value } }) => {
        setTyped(value);
        search(value.trim());
      }}
    />
  );
}

function CustomRange({ filters: { from, to }, onChange }: FilterProps) {
  const isBackwards = from !== null && to !== null && from >= to;
  return (
    <>
      <MomentField label="From" value={from} onChange={(moment) => onChange({ from: moment })} />
      <MomentField
        label="To"
        value={to}
        error={isBackwards ? 'Must be later than From' : null}
        onChange={(moment) => onChange({ to: moment })}
      />
    </>
  );
}

/** In the time of whoever looks; the address has UTC. Not controlled: a date that is half typed is none, and would be cleared. */
function MomentField({
  label,
  value,
  error = null,
  onChange,
}: {
  readonly label: string;
  readonly value: string | null;
  readonly error?: string | null;
  readonly onChange: (moment: string | null) => void;
}) {
  const change = useDebouncedCallback(
    (text: string) => onChange(text === '' ? null : new Date(text).toISOString()),
    typingMs,
  );
  return (
    <TextInput
      label={label}
      type="datetime-local"
      defaultValue={value === null ? '' : localText(new Date(value))}
      error={error}
      onChange={({ currentTarget }) => change(currentTarget.value)}
    />
  );
}

function localText(moment: Date): string {
  const local = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
