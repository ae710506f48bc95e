/** Figures as the table shows them. */

export function rateText(perSecond: number): string {
  return `${Math.round(perSecond).toLocaleString('en')}/s`;
}

export function msText(milliseconds: number): string {
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}

/** Empty when nothing was refused. */
export function refusalsText(refusals: number): string {
  return refusals === 0 ? '' : `, ${refusals} × 503`;
}

export function bytesText(bytes: number): string {
  if (bytes < 10_000) return `${bytes.toFixed(0)} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(0)} MB`;
}

export function atLeast(goal: number, value: number): string {
  return `≥ ${goal.toFixed(2)}: ${value >= goal ? 'met' : 'missed'}`;
}

/** Empty when it could not be measured. */
export function atMost(goal: number, unit: string, value: number | null): string {
  return value === null ? '' : `≤ ${goal}${unit}: ${value <= goal ? 'met' : 'missed'}`;
}
