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
  /** How many of the items that wait the next statement should take; may let it wait for a better moment. */
  readonly pace?: (itemsWaiting: number) => number | Promise<number>;
  /** Bytes of one item, where items can be large; 0 unless told. */
  readonly sizeOf?: (item: Item) => number;
  /** Nor once it has this many bytes. */
  readonly bytesPerWrite?: number;
  /** Statements under way at once. */
  readonly writesAtOnce: number;
  readonly waitingMax: number;
  readonly bytesWaitingMax?: number;
}

/** More is waiting to be written than may wait: the database is the bottleneck, try again later. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
}

interface Submission<Item, Answer> {
  readonly items: readonly Item[];
  readonly bytes: number;
  readonly resolve: (answers: Answer[]) => void;
  readonly reject: (error: unknown) => void;
}

export function createCoalescer<Item, Answer>(
  options: CoalescerOptions<Item, Answer>,
): Coalescer<Item, Answer> {
  const queue: Submission<Item, Answer>[] = [];
  const { sizeOf = () => 0, bytesPerWrite = Infinity, bytesWaitingMax = Infinity } = options;
  let waiting = 0;
  let itemsQueued = 0;
  let bytesWaiting = 0;
  let writing = 0;
  let scheduled = false;

  function schedule(): void {
    if (scheduled || writing >= options.writesAtOnce || queue.length === 0) return;
    scheduled = true;
    // After the current turn of the event loop: what arrived in the same turn belongs together.
    setImmediate(() => {
      const itemsMax = options.pace?.(itemsQueued) ?? Number.POSITIVE_INFINITY;
      // A lonely item is not to lose even a turn.
      if (typeof itemsMax === 'number') writeNext(itemsMax);
      else void itemsMax.then(writeNext);
    });
  }

  function writeNext(itemsMax: number): void {
    scheduled = false;
    const batch = takeBatch(Math.min(itemsMax, options.itemsPerWrite));
    if (batch.length === 0) return;
    writing++;
    schedule();
    writeBatch(batch).finally(() => {
      writing--;
      schedule();
    });
  }

  function takeBatch(itemsMax: number): Submission<Item, Answer>[] {
    let items = 0;
    let bytes = 0;
    let taken = 0;
    for (const submission of queue) {
      items += submission.items.length;
      bytes += submission.bytes;
      if (taken > 0 && (items > itemsMax || bytes > bytesPerWrite)) break;
      taken++;
    }
    const batch = queue.splice(0, taken);
    itemsQueued -= batch.reduce((sum, submission) => sum + submission.items.length, 0);
    return batch;
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
      const bytes = items.reduce((sum, item) => sum + sizeOf(item), 0);
      const isTooMuch = waiting + items.length > options.waitingMax || bytesWaiting + bytes > bytesWaitingMax;
      if (waiting > 0 && isTooMuch) {
        throw new Overloaded(`${waiting} items of ${bytesWaiting} bytes wait to be written`);
      }
      waiting += items.length;
      bytesWaiting += bytes;
      try {
        return await new Promise<Answer[]>((resolve, reject) => {
          queue.push({ items, bytes, resolve, reject });
          itemsQueued += items.length;
          schedule();
        });
      } finally {
        waiting -= items.length;
        bytesWaiting -= bytes;
      }
    },
  };
}
