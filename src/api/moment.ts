/** `2026-01-15T10:30:00+00:00`; real milliseconds are kept without trailing zeros. */
export function momentText(moment: Date): string {
  return moment.toISOString().replace(/\.?0*Z$/, '+00:00');
}

export function momentTextOrNull(moment: Date | null): string | null {
  return moment === null ? null : momentText(moment);
}
