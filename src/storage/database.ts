/**
 * The port that both databases satisfy: PostgreSQL in a pool, or PGlite in the process. Everything in storage
 * speaks through it; only postgres.ts and pglite.ts know a driver.
 */
import type { Sql } from 'sql-template-tag';

export interface Queryable {
  /**
   * Runs one statement and gives its rows.
   * @param name of a statement that runs often: its plan is made once and kept. One name stands for one text.
   * @throws {DatabaseUnavailable} when the database cannot be reached
   */
  query<Row>(statement: Sql, name?: string): Promise<Row[]>;
  /**
   * Runs several statements separated by semicolons, without parameters, for however long: migrations and upkeep. On a
   * server always within a transaction.
   */
  execute(script: string): Promise<void>;
}

export interface Lock {
  release(): Promise<void>;
}

export interface Database extends Queryable {
  /** `embedded` is private to this process; `server` may be shared with others. */
  readonly kind: 'embedded' | 'server';
  /** Commits what `work` did, or nothing of it when it throws. */
  transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result>;
  /** Calls back for every notification on the channel, also after a reconnection. */
  listen(channel: string, onNotification: (payload: string) => void): Promise<void>;
  /** Takes a lock that no other process can hold at the same time and that ends with this process; null when taken. */
  tryLock(name: string): Promise<Lock | null>;
  close(): Promise<void>;
}

/** The database is away, starting, read-only or full: the work may succeed later, unchanged. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';

  constructor(cause: unknown) {
    super(`the database is unavailable: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
