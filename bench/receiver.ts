/**
 * The webhooks' endpoints. The path says how one behaves: `/ok` answers 200 at once, `/timed` takes the time since
 * publishing as well, `/distinct` counts each delivery once, `/uncounted` is not counted; `/hang` never answers, `/slow/1000` answers after so many milliseconds,
 * `/fail/500` with that status.
 */
import type { Percentiles } from './percentiles.ts';
import { type Program, startProgram } from './program.ts';

export interface Arrivals {
  readonly count: number;
  /** Wall clock, unix milliseconds. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** When each tenth of what was expected was there. */
  readonly tenthsAt: readonly number[];
  /** Requests that brought to `/distinct` what had been there. */
  readonly repeated: number;
  /** Milliseconds from publishing to receipt, of those that came to `/timed`. */
  readonly latency: Percentiles;
}

export interface Expected {
  readonly count: number;
  /** Gives up, with what is there, when nothing came for so long. */
  readonly quietMsMax: number;
}

export type ReceiverCalls = {
  listen(argument: null): Promise<{ origin: string }>;
  /** Forgets what came, and counts from now. */
  expect(expected: Expected): void;
  /** Resolves when as many came as were expected. */
  arrivals(argument: null): Promise<Arrivals>;
};

export function startReceiver(): Program<ReceiverCalls> {
  return startProgram<ReceiverCalls>('receiver-process.js');
}
