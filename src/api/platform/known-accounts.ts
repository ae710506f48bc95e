import { findExistingAccountIds } from '../../storage/accounts.ts';
import type { Queryable } from '../../storage/database.ts';

const trustMs = 10_000;
const accountsMax = 10_000;

/** Which accounts exist, remembered for ten seconds: publishing must not pay a statement for each request. */
export interface KnownAccounts {
  /** Those of the ids that no account has. */
  missing(ids: readonly string[]): Promise<ReadonlySet<string>>;
  forgetAll(): void;
}

export function createKnownAccounts(db: Queryable, clock: { now(): number }): KnownAccounts {
  const seenAtMs = new Map<string, number>();

  /** Makes room by forgetting the one seen first. */
  function remember(id: string, nowMs: number): void {
    seenAtMs.delete(id);
    const [oldest] = seenAtMs.keys();
    if (seenAtMs.size >= accountsMax && oldest !== undefined) seenAtMs.delete(oldest);
    seenAtMs.set(id, nowMs);
  }

  return {
    async missing(ids) {
      const nowMs = clock.now();
      // Not below zero either: of a clock that was set back, nothing is recent for an hour.
      const isTrusted = (id: string) =>
        Math.abs(nowMs - (seenAtMs.get(id) ?? Number.NEGATIVE_INFINITY)) < trustMs;
      const unknown = [...new Set(ids)].filter((id) => !isTrusted(id));
      if (unknown.length === 0) return new Set();
      const existing = await findExistingAccountIds(db, unknown);
      for (const id of existing) remember(id, nowMs);
      return new Set(unknown.filter((id) => !existing.has(id)));
    },
    forgetAll() {
      seenAtMs.clear();
    },
  };
}
