/**
 * Identifiers are UUID v7: their first 48 bits are unix milliseconds. Log tables are partitioned and paged by
 * them, so a time is also a range of identifiers.
 */
import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const randomBytesEach = 16;
/** Filled at once: to ask the system for each identifier takes longer than all the rest of making it. */
const pool = new Uint8Array(256 * randomBytesEach);
let used = pool.length;

/** A new identifier for the given moment, unix milliseconds. */
export function newId(nowMs: number): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += randomBytesEach;
  return v7({ msecs: nowMs, random: pool.subarray(used - randomBytesEach, used) });
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
