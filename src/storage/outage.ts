/**
 * Which failures are outages. Classes of https://www.postgresql.org/docs/current/errcodes-appendix.html after which
 * the same statement can succeed unchanged: connection, resources, operator intervention, system; and read-only,
 * serialization, deadlock. A protocol violation (08P01) would only be repeated.
 */
import { DatabaseUnavailable } from './database.ts';

const outageCodes = /^(08(?!P01)|53|57P|58)|^(25006|40001|40P01|55P03|57014)$/;

/** @param code five characters, SQLSTATE */
export function isOutageCode(code: string): boolean {
  return outageCodes.test(code);
}

/** The code that a driver put on its error: SQLSTATE, or that of a socket; empty when there is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Gives what the work gives; an outage becomes DatabaseUnavailable, every other failure stays as it is. */
export async function translated<Result>(
  work: Promise<Result>,
  isOutage: (error: unknown) => boolean,
): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw isOutage(error) ? new DatabaseUnavailable(error) : error;
  }
}
