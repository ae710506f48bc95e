/**
 * Records outcomes in batches. An outcome is kept and tried again through every outage of the database until it is
 * recorded: its slot is not free before. A process that dies loses it, and the delivery is sent again after its lease.
 */
import type { AttemptOutcome } from '../domain/delivery.ts';
import { createCoalescer } from '../storage/coalescer.ts';
import { type Database, DatabaseUnavailable } from '../storage/database.ts';
import { type DisabledWebhook, recordOutcomes } from '../storage/deliveries.ts';
import type { Log } from './log.ts';

export interface Recorder {
  /**
   * Resolves when the outcome is committed, or given up because the recorder was closed during an outage.
   * @throws when the database refuses this outcome
   */
  record(outcome: AttemptOutcome): Promise<void>;
  /** From now on outcomes are written at once. */
  hurry(): void;
  /** Waits for no database any more. */
  close(): void;
}

export interface RecorderOptions {
  readonly db: Database;
  readonly disableAfter: number;
  /** So many are written at once, however short the time since those before. */
  readonly outcomesEnough: number;
  readonly onDisabled: (webhook: DisabledWebhook) => void;
  readonly log: Log;
}

const outcomesPerWrite = 256;
/**
 * Hardly anybody waits for it, and few large statements cost less than many small ones: while outcomes keep arriving they are
 * written so far apart, unless enough of them wait. One after a time of rest is written at once.
 */
const writeEveryMs = 20;
const retryPauseMs = { first: 50, max: 2000 };

export function createRecorder(options: RecorderOptions): Recorder {
  const { db, disableAfter, outcomesEnough, onDisabled, log } = options;
  const closing = new AbortController();
  let isHurried = false;
  let endWait: (() => void) | null = null;
  let writtenAt = Number.NEGATIVE_INFINITY;
  const coalescer = createCoalescer<AttemptOutcome, null>({
    write: writeUntilDone,
    itemsPerWrite: outcomesPerWrite,
    pace,
    writesAtOnce: 1,
    // Bounded by what may be in flight.
    waitingMax: Number.POSITIVE_INFINITY,
  });

  function pace(waiting: number): number | Promise<number> {
    const early = Math.ceil(writtenAt + writeEveryMs - performance.now());
    if (isHurried || early <= 0 || waiting >= outcomesEnough) return outcomesPerWrite;
    return new Promise((resolve) => {
      endWait = () => {
        clearTimeout(timer);
        endWait = null;
        resolve(outcomesPerWrite);
      };
      const timer = setTimeout(endWait, early);
    });
  }

  async function writeUntilDone(outcomes: readonly AttemptOutcome[]): Promise<null[]> {
    writtenAt = performance.now();
    for (let failures = 0; ; failures++) {
      try {
        const disabled = await recordOutcomes(db, outcomes, disableAfter);
        for (const webhook of disabled) onDisabled(webhook);
        return outcomes.map(() => null);
      } catch (error) {
        // An outcome that the database refuses would be refused again: the coalescer finds out which one it is.
        if (!(error instanceof DatabaseUnavailable)) throw error;
        log.error({ err: error, outcomes: outcomes.length, failures }, 'could not record deliveries');
        if (closing.signal.aborted) return outcomes.map(() => null);
        await pause(
          Math.min(retryPauseMs.max, retryPauseMs.first * 2 ** Math.min(failures, 10)),
          closing.signal,
        );
      }
    }
  }

  return {
    async record(outcome) {
      const recorded = coalescer.submit([outcome]);
      if (coalescer.waiting >= outcomesEnough) endWait?.();
      await recorded;
    },
    hurry() {
      isHurried = true;
      endWait?.();
    },
    close() {
      closing.abort();
    },
  };
}

function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, durationMs);
    signal.addEventListener('abort', end);
  });
}
