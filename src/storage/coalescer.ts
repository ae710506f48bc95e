/**
 * Group commit: what is submitted while a statement is under way goes out together with the next one. A lonely item
 * waits for nothing; a flood is written in few statements. What waits is bounded: beyond that it is refused. Where items
 * have owners, these take turns, and one's flood leaves half of the room to the others.
 */
import { DatabaseUnavailable } from './database.ts';
import { createFairQueue, type Waiting } from './fair-queue.ts';
import { Overloaded } from './overloaded.ts';

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
  /** No submission is added that would bring a statement over this many items. */
  readonly itemsPerWrite: number;
  /** How many of the items that wait the next statement should take; may let it wait for a better moment. */
  readonly pace?: (itemsWaiting: number) => number | Promise<number>;
  /** Bytes of one item, where items can be large; 0 unless told. */
  readonly sizeOf?: (item: Item) => number;
  /** Nor over this many bytes. */
  readonly bytesPerWrite?: number;
  /** Statements under way at once. */
  readonly writesAtOnce: number;
  readonly waitingMax: number;
  readonly bytesWaitingMax?: number;
  /** Whose a submission is. */
  readonly ownerOf?: (items: readonly Item[]) => string | null;
}

interface Submission<Item, Answer> extends Waiting {
  readonly items: readonly Item[];
  readonly resolve: (answers: Answer[]) => void;
  readonly reject: (error: unknown) => void;
}

export function createCoalescer<Item, Answer>(
  options: CoalescerOptions<Item, Answer>,
): Coalescer<Item, Answer> {
  const { sizeOf = () => 0, bytesPerWrite = Infinity, bytesWaitingMax = Infinity } = options;
  const { itemsPerWrite, ownerOf = () => null, waitingMax } = options;
  const queue = createFairQueue<Submission<Item, Answer>>({ items: waitingMax, bytes: bytesWaitingMax });
  let writing = 0;
  let scheduled = false;

  function schedule(): void {
    if (scheduled || writing >= options.writesAtOnce || queue.isEmpty) return;
    scheduled = true;
    // After the current turn of the event loop: what arrived in the same turn belongs together.
    setImmediate(() => {
      const itemsMax = options.pace?.(queue.itemsQueued) ?? Number.POSITIVE_INFINITY;
      // A lonely item is not to lose even a turn.
      if (typeof itemsMax === 'number') writeNext(itemsMax);
      else void itemsMax.then(writeNext);
    });
  }

  function writeNext(itemsMax: number): void {
    scheduled = false;
    const batch = queue.take({ items: Math.min(itemsMax, itemsPerWrite), bytes: bytesPerWrite });
    if (batch.length === 0) return;
    writing++;
    schedule();
    writeBatch(batch).finally(() => {
      writing--;
      schedule();
    });
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
      return queue.held.items;
    },
    async submit(items) {
      const bytes = items.reduce((sum, item) => sum + sizeOf(item), 0);
      const waiting: Waiting = { owner: ownerOf(items), amount: { items: items.length, bytes } };
      if (!queue.hasRoomFor(waiting)) {
        const { items: held, bytes: heldBytes } = queue.held;
        const whose = waiting.owner === null ? '' : ` of ${waiting.owner}`;
        throw new Overloaded(
          `${held} items of ${heldBytes} bytes wait to be written: no room for ${items.length} more${whose}`,
        );
      }
      return new Promise<Answer[]>((resolve, reject) => {
        const submission: Submission<Item, Answer> = {
          ...waiting,
          items,
          resolve(answers) {
            queue.done(submission);
            resolve(answers);
          },
          reject(error) {
            queue.done(submission);
            reject(error);
          },
        };
        queue.add(submission);
        schedule();
      });
    },
  };
}
