/** Reads a moment that a client wrote: ISO 8601 with its time zone, or a date alone, which means its start in UTC. */

const form = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}):\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** Null when the text is no such moment. A time without a zone is refused: it would depend on this machine. */
export function parseInstant(text: string): Date | null {
  const match = form.exec(text);
  if (match === null || match[2] === '24' || !isCalendarDay(match[1] ?? '')) return null;
  const moment = new Date(text);
  return Number.isNaN(moment.getTime()) ? null : moment;
}

/** `Date` takes 30 February for 2 March. */
function isCalendarDay(day: string): boolean {
  const midnight = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}
