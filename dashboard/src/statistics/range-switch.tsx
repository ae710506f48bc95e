import { SegmentedControl } from '@mantine/core';
import type { StatsRange } from '../api/schemas.ts';

const labels: Record<StatsRange, string> = {
  '1h': '1 hour',
  '24h': '24 hours',
  '7d': '7 days',
  '30d': '30 days',
};
const ranges = Object.keys(labels).filter((value): value is StatsRange => value in labels);

export function RangeSwitch({
  value,
  onChange,
}: {
  readonly value: StatsRange;
  readonly onChange: (range: StatsRange) => void;
}) {
  return (
    <SegmentedControl
      aria-label="Time range"
      data={ranges.map((range) => ({ value: range, label: labels[range] }))}
      value={value}
      onChange={onChange}
    />
  );
}
