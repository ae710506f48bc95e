/**
 * The loop that every duty of the engine runs in: work, rest, work again. A duty that fails is logged and tried again,
 * later and later, for ever; it never ends the process. Starting is making one; stopping waits for the work under way.
 */
import type { Log } from './log.ts';

export interface Periodic {
  /** Work now, or as soon as the work under way is done. */
  wake(): void;
  /** No further work begins. Resolves when the work under way has ended. */
  stop(): Promise<void>;
}

export interface Duty {
  /** As it appears in the log: `claim deliveries`. */
  readonly name: string;
  readonly intervalMs: number;
  /** True: there is more to do, do not rest. */
  readonly work: () => Promise<boolean>;
  readonly log: Log;
}

const longestPauseMs = 5000;
const firstPauseMs = 50;

export function startPeriodic({ name, intervalMs, work, log }: Duty): Periodic {
  let stopped = false;
  let woken = false;
  let failures = 0;
  let timer: NodeJS.Timeout | null = null;
  let endRest: (() => void) | null = null;
  let endPause: (() => void) | null = null;

  async function run(): Promise<void> {
    while (!stopped) {
      woken = false;
      const again = await workOnce();
      if (stopped) return;
      if (again || woken) await turn();
      else await rest();
    }
  }

  async function workOnce(): Promise<boolean> {
    try {
      const again = await work();
      failures = 0;
      return again;
    } catch (error) {
      failures++;
      log.error({ err: error, failures }, `could not ${name}`);
      // A wake-up does not shorten this pause: a failing database is not to be hammered.
      await pause(Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures - 1, 10)));
      return true;
    }
  }

  /** The embedded database answers without letting anybody else have a turn. */
  function turn(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(resolve);
    });
  }

  function rest(): Promise<void> {
    return new Promise<void>((resolve) => {
      endRest = resolve;
      timer = setTimeout(resolve, intervalMs);
    }).then(clearRest);
  }

  /** Ended by stopping only. */
  function pause(durationMs: number): Promise<void> {
    return new Promise<void>((resolve) => {
      if (stopped) return resolve();
      timer = setTimeout(resolve, durationMs);
      endPause = resolve;
    }).then(clearRest);
  }

  function clearRest(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    endRest = null;
    endPause = null;
  }

  const running = run();
  return {
    wake() {
      woken = true;
      endRest?.();
    },
    stop() {
      stopped = true;
      endRest?.();
      endPause?.();
      return running;
    },
  };
}
