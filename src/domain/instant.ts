/** Reads a moment that a client wrote: ISO 8601 with its time zone, or a date alone, which means its start in UTC. */

const form = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}):\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;
const isoLength = '2026-01-15T10:30:00.000Z'.length;

/** Null when the text is no such moment. A time without a zone is refused: it would depend on this machine. */
export function parseInstant(text: string): Date | null {
  const match = form.exec(text);
  if (match === null || match[2] === '24' || !isCalendarDay(match[1] ?? '')) return null;
  const moment = new Date(text);
  // The zone can carry the last hours of 9999 into a year that is written with more digits.
  return Number.isNaN(moment.getTime()) || moment.toISOString().length > isoLength ? null : moment;
}

/** `Date` takes 30 February for 2 March. */
function isCalendarDay(day: string): boolean {
  const midnight = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}
