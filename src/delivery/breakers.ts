/**
 * A circuit breaker for each webhook: after many failures in a row it gets one attempt now and then, until one succeeds.
 * That spares an endpoint in trouble, and everybody else the cost of a backlog that would fail as fast as it is sent.
 * Until it is their turn, the lanes of such a webhook wait here.
 */
import type { Lane } from '../domain/lane.ts';

export interface Breakers {
  isOpen(webhookId: string): boolean;
  /** Of lanes that have something ready, those that may be served now; the others are kept. */
  admit(lanes: readonly Lane[]): readonly Lane[];
  /** An attempt begins: until the next one may, these lanes of the webhook are kept. */
  hold(webhookId: string, lanes: readonly Lane[]): void;
  /** Gives back what was kept and may be served now. */
  due(): readonly Lane[];
  /** Milliseconds until something is due; null: nothing is kept. */
  dueInMs(): number | null;
  /** An attempt is over. After a success everything may be served. */
  note(webhookId: string, hasSucceeded: boolean): void;
  /** The webhooks whose attempts keep failing. */
  open(): Iterable<string>;
}

/** In a row and in this process. */
const failuresToOpen = 10;
const attemptEveryMs = 100;
/** A webhook that nobody has tried for so long is disabled, deleted or without deliveries. */
const forgottenAfterMs = 60_000;
/** Webhooks whose failures are remembered; beyond it those that began to fail first are forgotten. */
const failingMax = 1000;

interface Streak {
  failures: number;
  lastAt: number;
  nextAttemptAt: number;
  kept: readonly Lane[];
}

/** @param clock milliseconds, of a clock that is never set */
export function createBreakers(clock: { now(): number }): Breakers {
  const streaks = new Map<string, Streak>();
  /** With kept lanes, the earliest first. */
  const waiting = new Set<Streak>();
  /** Kept by those that are closed or forgotten meanwhile. */
  let released: Lane[] = [];

  function openStreak(webhookId: string): Streak | null {
    const streak = streaks.get(webhookId);
    return streak !== undefined && streak.failures >= failuresToOpen ? streak : null;
  }

  function keep(streak: Streak, lanes: readonly Lane[]): void {
    const others = streak.kept.filter((kept) => lanes.every(({ isRetry }) => isRetry !== kept.isRetry));
    streak.kept = [...others, ...lanes];
    if (streak.kept.length > 0) waiting.add(streak);
  }

  function take(streak: Streak): readonly Lane[] {
    const { kept } = streak;
    streak.kept = [];
    waiting.delete(streak);
    return kept;
  }

  function forget(webhookId: string, streak: Streak): void {
    released.push(...take(streak));
    streaks.delete(webhookId);
  }

  return {
    isOpen: (webhookId) => openStreak(webhookId) !== null,
    admit: (lanes) =>
      lanes.filter((lane) => {
        const streak = openStreak(lane.webhookId);
        if (streak === null || streak.nextAttemptAt <= clock.now()) return true;
        keep(streak, [lane]);
        return false;
      }),
    hold(webhookId, lanes) {
      const streak = openStreak(webhookId);
      if (streak === null) {
        released.push(...lanes);
        return;
      }
      streak.nextAttemptAt = clock.now() + attemptEveryMs;
      keep(streak, [...take(streak), ...lanes]);
    },
    due() {
      const lanes = released;
      released = [];
      for (const streak of waiting) {
        if (streak.nextAttemptAt > clock.now()) break;
        lanes.push(...take(streak));
      }
      return lanes;
    },
    dueInMs() {
      if (released.length > 0) return 0;
      const [first] = waiting;
      return first === undefined ? null : Math.max(0, first.nextAttemptAt - clock.now());
    },
    note(webhookId, hasSucceeded) {
      const now = clock.now();
      const streak = streaks.get(webhookId);
      if (hasSucceeded) {
        if (streak !== undefined) forget(webhookId, streak);
        return;
      }
      if (streak !== undefined) {
        streak.failures++;
        streak.lastAt = now;
        return;
      }
      const [longest] = streaks.size >= failingMax ? streaks : [];
      if (longest !== undefined) forget(...longest);
      streaks.set(webhookId, { failures: 1, lastAt: now, nextAttemptAt: 0, kept: [] });
    },
    *open() {
      const now = clock.now();
      for (const [webhookId, streak] of streaks) {
        if (now - streak.lastAt > forgottenAfterMs && streak.kept.length === 0) streaks.delete(webhookId);
        else if (streak.failures >= failuresToOpen) yield webhookId;
      }
    },
  };
}
