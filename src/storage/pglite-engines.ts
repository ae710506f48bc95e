/**
 * The engines of an embedded database, one after the other: one that broke is left, and the next one reads its files, as after
 * a kill. While the files cannot be opened the database is unavailable, like a server that is away.
 */
import { DatabaseUnavailable } from './database.ts';
import type { Engine } from './pglite-engine.ts';

export interface Engines {
  /** The one that works; opened where there is none. @throws {DatabaseUnavailable} */
  working(): Promise<Engine>;
  /** To be called after each use. @throws {DatabaseUnavailable} when it broke in the meantime, whatever it has answered */
  check(): void;
  close(): Promise<void>;
}

const reopenPauseMs = { first: 250, max: 5000 };

/** @param clock milliseconds, of a clock that is never set */
export function createEngines(
  first: Engine,
  reopen: () => Promise<Engine>,
  clock: { now(): number },
): Engines {
  let current: Engine | null = first;
  let failures = 0;
  let failure: unknown = null;
  let notBefore = 0;

  return {
    async working() {
      if (current !== null) return current;
      if (clock.now() < notBefore) throw new DatabaseUnavailable(failure);
      try {
        current = await reopen();
        failures = 0;
        return current;
      } catch (error) {
        failure = error;
        notBefore = clock.now() + Math.min(reopenPauseMs.max, reopenPauseMs.first * 2 ** failures++);
        throw new DatabaseUnavailable(error);
      }
    },
    check() {
      const broken = current;
      const brokenBy = broken?.brokenBy ?? null;
      if (broken === null || brokenBy === null) return;
      current = null;
      failure = brokenBy;
      try {
        broken.abandon();
      } catch {
        // Files that cannot be closed are left to the end of the process.
      }
      throw new DatabaseUnavailable(brokenBy);
    },
    async close() {
      await current?.pglite.close();
      current = null;
    },
  };
}
