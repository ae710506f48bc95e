/**
 * Looks for lanes that have something ready, page by page over all webhooks. Rests between two sweeps, so that what
 * nobody announced is found within a second and a busy queue is not read over and over.
 */
import type { Lane } from '../domain/lane.ts';
import type { Queryable } from '../storage/database.ts';
import { type SweepPosition, sweepLanes } from '../storage/lanes.ts';

export interface Sweep {
  /** There are pages left of the sweep under way, or one was asked for. */
  readonly isWanted: boolean;
  /** Something may be ready: do not wait for the time of the next sweep. */
  request(): void;
  /** One page; empty while there is no reason to look. */
  next(): Promise<readonly Lane[]>;
}

export interface SweepOptions {
  readonly db: Queryable;
  readonly intervalMs: number;
  /** Milliseconds, of a clock that is never set. */
  readonly clock: { now(): number };
}

/** About 10 µs each. */
const lanesPerPage = 500;

export function createSweep({ db, intervalMs, clock }: SweepOptions): Sweep {
  let isRequested = true;
  let begunAt = clock.now();
  /** Null: no sweep is under way. */
  let position: SweepPosition | 'beginning' | null = null;

  return {
    get isWanted() {
      return isRequested || position !== null;
    },
    request() {
      isRequested = true;
    },
    async next() {
      if (position === null) {
        const now = clock.now();
        if (!isRequested && now - begunAt < intervalMs) return [];
        begunAt = now;
        isRequested = false;
        position = 'beginning';
      }
      const { lanes, sweptTo } = await sweepLanes(
        db,
        position === 'beginning' ? null : position,
        lanesPerPage,
      );
      position = sweptTo;
      return lanes;
    },
  };
}
