/**
 * Keeps the embedded database's write-ahead log short. A server checkpoints in a process of its own; the engine has none, and
 * would keep every log file until it is closed: disk without an end, and after a kill all of it to be read again.
 */
import type { PGlite } from '@electric-sql/pglite';

export interface Checkpoints {
  /** Nothing else may run on this database meanwhile. */
  makeIfDue(pglite: PGlite): Promise<void>;
}

const lookEveryMs = 1000;
const afterFailureMs = 30_000;
/** Written since the last one: some 60,000 events. A checkpoint takes about a third of a second. */
const logBytesMax = 128 * 1024 * 1024;

/** @param clock milliseconds, of a clock that is never set */
export function createCheckpoints(clock: { now(): number }): Checkpoints {
  let lookedAt = clock.now();
  return {
    async makeIfDue(pglite) {
      if (clock.now() - lookedAt < lookEveryMs) return;
      lookedAt = clock.now();
      const { rows } = await pglite.query<{ bytes: number }>(
        'select pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn)::float8 as bytes from pg_control_checkpoint()',
      );
      if ((rows[0]?.bytes ?? 0) <= logBytesMax) return;
      try {
        await pglite.exec('checkpoint');
      } catch {
        // Whoever is next is not to blame, and is told by its own statement when the engine broke.
        lookedAt += afterFailureMs;
      }
    },
  };
}
