/** Figures as they are read: whole numbers with separators, shares in per cent, durations in their unit. */
export function countText(value: number): string {
  return value.toLocaleString();
}

export function shareText(share: number | null): string {
  if (share === null) return '–';
  // A share that is not all is never shown as all.
  const percent = share === 1 ? 100 : Math.min(share * 100, 99.99);
  return `${percent.toLocaleString(undefined, { maximumFractionDigits: percent > 99 ? 2 : 1 })} %`;
}

export function durationText(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  return `${(milliseconds / 1000).toLocaleString(undefined, { maximumFractionDigits: milliseconds < 10_000 ? 1 : 0 })} s`;
}
