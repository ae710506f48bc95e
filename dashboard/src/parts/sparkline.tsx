const width = 120;
const height = 28;
const margin = 3;
const color = 'var(--mantine-color-blue-filled)';

/** A line of values over time, with a mark below each bucket in which something failed. */
export function Sparkline({
  values,
  failures,
  label,
}: {
  /** Null: nothing happened then, and the line has a gap. */
  readonly values: readonly (number | null)[];
  readonly failures: readonly number[];
  /** All that it shows, in words. */
  readonly label: string;
}) {
  const highest = Math.max(1, ...values.map((value) => value ?? 0));
  const step = (width - 2 * margin) / Math.max(1, values.length - 1);
  const x = (index: number) => margin + index * step;
  const y = (value: number) => height - 2 * margin - (value / highest) * (height - 4 * margin);
  return (
    <svg
      role="img"
      aria-label={label}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      style={{ display: 'block' }}
    >
      <path
        d={`M${margin} ${height - margin}H${width - margin}`}
        stroke="var(--mantine-color-default-border)"
        fill="none"
      />
      <path d={linePath(values, x, y)} stroke={color} strokeWidth={1.5} strokeLinejoin="round" fill="none" />
      <path d={dotsPath(values, x, y)} stroke={color} strokeWidth={4} strokeLinecap="round" />
      <path
        d={failures.map((count, at) => (count > 0 ? `M${x(at)} ${height - margin}v-5` : '')).join('')}
        stroke="var(--mantine-color-error)"
        strokeWidth={2}
        fill="none"
      />
    </svg>
  );
}

type Place = (value: number) => number;
type Values = readonly (number | null)[];

function linePath(values: Values, x: Place, y: Place): string {
  return values
    .map((value, at) => {
      if (value === null) return '';
      return `${isValue(values[at - 1]) ? 'L' : 'M'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    })
    .join('');
}

/** A value between gaps makes no line: it is a dot, that is one of no length with round ends. */
function dotsPath(values: Values, x: Place, y: Place): string {
  return values
    .map((value, at) => {
      if (value === null || isValue(values[at - 1]) || isValue(values[at + 1])) return '';
      return `M${x(at).toFixed(1)} ${y(value).toFixed(1)}h0`;
    })
    .join('');
}

function isValue(value: number | null | undefined): boolean {
  return value !== null && value !== undefined;
}
