/**
 * A circuit breaker for each webhook: after many failures in a row it gets one attempt now and then, until one succeeds.
 * That spares an endpoint in trouble, and everybody else the cost of a backlog that would fail as fast as it is sent.
 */
export interface Breakers {
  /** How many of `wanted` attempts may be made now; what is allowed counts as made. */
  allow(webhookId: string, wanted: number): number;
  /** An attempt is over. */
  note(webhookId: string, hasSucceeded: boolean): void;
  /** The webhooks whose attempts keep failing. */
  open(): Iterable<string>;
}

/** In a row and in this process; what succeeds now and then is not held back. */
const failuresToOpen = 10;
const attemptEveryMs = 100;
/** Webhooks whose failures are remembered; beyond it those that began to fail first are forgotten. About 100 bytes each. */
const failingMax = 10_000;

interface Streak {
  failures: number;
  nextAttemptAt: number;
}

/** @param clock milliseconds, of a clock that is never set */
export function createBreakers(clock: { now(): number }): Breakers {
  const streaks = new Map<string, Streak>();
  const isOpen = ({ failures }: Streak) => failures >= failuresToOpen;

  return {
    allow(webhookId, wanted) {
      const streak = streaks.get(webhookId);
      if (streak === undefined || !isOpen(streak)) return wanted;
      if (clock.now() < streak.nextAttemptAt) return 0;
      streak.nextAttemptAt = clock.now() + attemptEveryMs;
      return Math.min(wanted, 1);
    },
    note(webhookId, hasSucceeded) {
      if (hasSucceeded) {
        streaks.delete(webhookId);
        return;
      }
      const streak = streaks.get(webhookId);
      if (streak !== undefined) {
        streak.failures++;
        return;
      }
      const [longest] = streaks.size >= failingMax ? streaks.keys() : [];
      if (longest !== undefined) streaks.delete(longest);
      streaks.set(webhookId, { failures: 1, nextAttemptAt: 0 });
    },
    *open() {
      for (const [webhookId, streak] of streaks) if (isOpen(streak)) yield webhookId;
    },
  };
}
