/**
 * Identifiers are UUID v7: their first 48 bits are unix milliseconds. Log tables are partitioned and paged by
 * them, so a time is also a range of identifiers.
 */
import { v7 } from 'uuid';

/** A new identifier for the given moment, unix milliseconds. */
export function newId(nowMs: number): string {
  return v7({ msecs: nowMs });
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Of any version, as the database reads them. */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text);
}

/** The moment an identifier was made at, to the millisecond. */
export function momentOf(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}

/** The smallest identifier that could be made at this moment: an inclusive lower, or exclusive upper, bound. */
export function lowestIdAt(moment: Date): string {
  const hex = Math.max(0, moment.getTime()).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-0000-0000-000000000000`;
}
