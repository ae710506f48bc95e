/**
 * Group commit: what is submitted while a statement is under way goes out together with the next one. A lonely item
 * waits for nothing; a flood is written in few statements. What waits is bounded: beyond that it is refused.
 */
import { DatabaseUnavailable } from './database.ts';

export interface Coalescer<Item, Answer> {
  /**
   * Answers are in the order of the items. Items submitted together are written together.
   * @throws {DatabaseUnavailable} and what `write` throws; {@link Overloaded} when too much waits
   */
  submit(items: readonly Item[]): Promise<Answer[]>;
  /** Items not yet answered. */
  readonly waiting: number;
}

export interface CoalescerOptions<Item, Answer> {
  readonly write: (items: readonly Item[]) => Promise<readonly Answer[]>;
  /** A statement takes no further submission once it has this many items. */
  readonly itemsPerWrite: number;
  /** Statements under way at once. */
  readonly writesAtOnce: number;
  readonly waitingMax: number;
}

/** More is waiting to be written than may wait: the database is the bottleneck, try again later. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
}

interface Submission<Item, Answer> {
  readonly items: readonly Item[];
  readonly resolve: (answers: Answer[]) => void;
  readonly reject: (error: unknown) => void;
}

export function createCoalescer<Item, Answer>(
  options: CoalescerOptions<Item, Answer>,
): Coalescer<Item, Answer> {
  const queue: Submission<Item, Answer>[] = [];
  let waiting = 0;
  let writing = 0;
  let scheduled = false;

  function schedule(): void {
    if (scheduled || writing >= options.writesAtOnce || queue.length === 0) return;
    scheduled = true;
    // After the current turn of the event loop: what arrived in the same turn belongs together.
    setImmediate(() => {
      scheduled = false;
      const batch = takeBatch();
      if (batch.length === 0) return;
      writing++;
      schedule();
      writeBatch(batch).finally(() => {
        writing--;
        schedule();
      });
    });
  }

  function takeBatch(): Submission<Item, Answer>[] {
    let items = 0;
    let taken = 0;
    for (const submission of queue) {
      if (taken > 0 && items + submission.items.length > options.itemsPerWrite) break;
      items += submission.items.length;
      taken++;
    }
    return queue.splice(0, taken);
  }

  async function writeBatch(batch: readonly Submission<Item, Answer>[]): Promise<void> {
    try {
      const answers = await options.write(batch.flatMap(({ items }) => items));
      let start = 0;
      for (const { items, resolve } of batch) {
        resolve(answers.slice(start, start + items.length));
        start += items.length;
      }
    } catch (error) {
      if (batch.length === 1 || error instanceof DatabaseUnavailable) {
        for (const { reject } of batch) reject(error);
      } else {
        // One submission that the database refuses must not take the others down with it.
        for (const submission of batch) await writeBatch([submission]);
      }
    }
  }

  return {
    get waiting() {
      return waiting;
    },
    async submit(items) {
      if (waiting > 0 && waiting + items.length > options.waitingMax) {
        throw new Overloaded(`${waiting} items wait to be written`);
      }
      waiting += items.length;
      try {
        return await new Promise<Answer[]>((resolve, reject) => {
          queue.push({ items, resolve, reject });
          schedule();
        });
      } finally {
        waiting -= items.length;
      }
    },
  };
}
