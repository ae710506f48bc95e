import { newId } from '../../src/domain/identifier.ts';

let lastMs = 0;

/** An identifier later than the one before it: two of the same millisecond have no order. */
export function laterId(): string {
  lastMs = Math.max(Date.now(), lastMs + 1);
  return newId(lastMs);
}
