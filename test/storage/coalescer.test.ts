import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CoalescerOptions, createCoalescer } from '../../src/storage/coalescer.ts';
import { DatabaseUnavailable } from '../../src/storage/database.ts';
import { Overloaded } from '../../src/storage/overloaded.ts';

interface Write {
  readonly items: readonly number[];
  /** Answers each item with its tenfold. */
  succeed(): void;
  fail(error: Error): void;
}

/** A coalescer whose statements end when the test says so. */
function heldCoalescer(options: Partial<CoalescerOptions<number, number>> = {}) {
  const writes: Write[] = [];
  const coalescer = createCoalescer<number, number>({
    write: (items) =>
      new Promise((resolve, reject) => {
        writes.push({ items, succeed: () => resolve(items.map((item) => item * 10)), fail: reject });
      }),
    itemsPerWrite: 100,
    writesAtOnce: 1,
    waitingMax: 1000,
    ...options,
  });
  const itemsWritten = () => writes.map(({ items }) => items);
  return { coalescer, writes, itemsWritten };
}

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);

describe('merging', () => {
  test('a lonely item is written in the same turn of the event loop, without waiting for company', async () => {
    const { coalescer, writes, itemsWritten } = heldCoalescer();
    const answer = coalescer.submit([7]);
    await nextTurn();
    expect(itemsWritten()).toEqual([[7]]);
    writes[0]?.succeed();
    expect(await answer).toEqual([70]);
  });

  test('what is submitted in one turn is written in one statement', async () => {
    const { coalescer, writes, itemsWritten } = heldCoalescer();
    const answers = [coalescer.submit([1]), coalescer.submit([2, 3]), coalescer.submit([4])];
    await nextTurn();
    expect(itemsWritten()).toEqual([[1, 2, 3, 4]]);
    writes[0]?.succeed();
    expect(await Promise.all(answers)).toEqual([[10], [20, 30], [40]]);
  });

  test('a flood during a statement goes out with the next one', async () => {
    const { coalescer, writes, itemsWritten } = heldCoalescer();
    const first = coalescer.submit([0]);
    await nextTurn();
    const flood = numbers(1, 50).map(async (item) => {
      await nextTurn();
      return coalescer.submit([item]);
    });
    await nextTurn();
    await nextTurn();
    expect(writes).toHaveLength(1);
    writes[0]?.succeed();
    await first;
    await nextTurn();
    expect(itemsWritten()).toEqual([[0], numbers(1, 50)]);
    writes[1]?.succeed();
    expect((await Promise.all(flood)).flat()).toEqual(numbers(1, 50).map((item) => item * 10));
  });

  test('a statement takes no further submission once it is full, and a submission is never split', async () => {
    const { coalescer, itemsWritten } = heldCoalescer({ itemsPerWrite: 4, writesAtOnce: 10 });
    for (const size of [3, 2, 2, 9, 1]) void coalescer.submit(numbers(0, size));
    await nextTurn();
    await nextTurn();
    await nextTurn();
    await nextTurn();
    expect(itemsWritten().map(({ length }) => length)).toEqual([3, 4, 9, 1]);
  });

  test('no more statements are under way at once than allowed', async () => {
    const { coalescer, writes, itemsWritten } = heldCoalescer({ itemsPerWrite: 1, writesAtOnce: 2 });
    const answers = numbers(1, 3).map((item) => coalescer.submit([item]));
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    expect(itemsWritten()).toEqual([[1], [2]]);
    writes[1]?.succeed();
    expect(await answers[1]).toEqual([20]);
    await nextTurn();
    expect(itemsWritten()).toEqual([[1], [2], [3]]);
  });
});

describe('bounds', () => {
  test('what would exceed the waiting items is refused as Overloaded, and what waits is still answered', async () => {
    const { coalescer, writes } = heldCoalescer({ waitingMax: 5 });
    const accepted = [coalescer.submit([1, 2, 3]), coalescer.submit([4, 5])];
    await expect(coalescer.submit([6])).rejects.toBeInstanceOf(Overloaded);
    expect(coalescer.waiting).toBe(5);
    await nextTurn();
    writes[0]?.succeed();
    await Promise.all(accepted);
    expect(coalescer.waiting).toBe(0);
    const next = coalescer.submit([6]);
    await nextTurn();
    writes[1]?.succeed();
    expect(await next).toEqual([60]);
  });

  test('bytes count too: for what a statement takes, and for what may wait', async () => {
    const { coalescer, writes, itemsWritten } = heldCoalescer({
      sizeOf: (item) => item,
      bytesPerWrite: 10,
      bytesWaitingMax: 30,
    });
    const answers = [
      coalescer.submit([6]),
      coalescer.submit([4]),
      coalescer.submit([8]),
      coalescer.submit([9]),
    ];
    await expect(coalescer.submit([4])).rejects.toBeInstanceOf(Overloaded);
    for (let write = 0; write < 3; write++) {
      await nextTurn();
      writes[write]?.succeed();
      await nextTurn();
    }
    expect(itemsWritten()).toEqual([[6, 4], [8], [9]]);
    expect((await Promise.all(answers)).flat()).toEqual([60, 40, 80, 90]);
    const later = coalescer.submit([20]);
    await nextTurn();
    writes[3]?.succeed();
    expect(await later).toEqual([200]);
  });

  test('a submission larger than all that may wait is taken when nothing else waits', async () => {
    const { coalescer, writes } = heldCoalescer({ waitingMax: 2 });
    const large = coalescer.submit([1, 2, 3]);
    await nextTurn();
    writes[0]?.succeed();
    expect(await large).toEqual([10, 20, 30]);
  });
});

describe('failures', () => {
  test('an outage rejects everything in the batch and asks the database no second time', async () => {
    const { coalescer, writes } = heldCoalescer();
    const answers = Promise.allSettled([coalescer.submit([1]), coalescer.submit([2, 3])]);
    await nextTurn();
    const outage = new DatabaseUnavailable(new Error('connection lost'));
    writes[0]?.fail(outage);
    expect(await answers).toEqual([
      { status: 'rejected', reason: outage },
      { status: 'rejected', reason: outage },
    ]);
    expect(writes).toHaveLength(1);
    expect(coalescer.waiting).toBe(0);
    const after = coalescer.submit([4]);
    await nextTurn();
    writes[1]?.succeed();
    expect(await after).toEqual([40]);
  });

  test('a submission that the database refuses does not take the others down with it', async () => {
    const write = async (items: readonly number[]) => {
      if (items.includes(2)) throw new Error('2 is refused');
      return items.map((item) => item * 10);
    };
    const { coalescer } = heldCoalescer({ write });
    const answers = await Promise.allSettled([1, 2, 3].map((item) => coalescer.submit([item])));
    expect(answers).toEqual([
      { status: 'fulfilled', value: [10] },
      { status: 'rejected', reason: new Error('2 is refused') },
      { status: 'fulfilled', value: [30] },
    ]);
    expect(coalescer.waiting).toBe(0);
  });

  test('an outage while the refused one is being found rejects only what was not written', async () => {
    const outage = new DatabaseUnavailable(new Error('connection lost'));
    const write = async (items: readonly number[]) => {
      if (items.length > 1) throw new Error('one of them is refused');
      if (items[0] === 2) throw outage;
      return [...items];
    };
    const { coalescer } = heldCoalescer({ write });
    const answers = await Promise.allSettled([1, 2].map((item) => coalescer.submit([item])));
    expect(answers).toEqual([
      { status: 'fulfilled', value: [1] },
      { status: 'rejected', reason: outage },
    ]);
  });
});

test('whatever is submitted whenever, each submission is written whole and answered in order', async () => {
  const submissions = fc.array(
    fc.record({
      size: fc.integer({ min: 1, max: 9 }),
      turnsBefore: fc.integer({ min: 0, max: 2 }),
      isRefused: fc.boolean(),
    }),
    { maxLength: 25 },
  );
  const bounds = fc.record({
    itemsPerWrite: fc.integer({ min: 1, max: 12 }),
    writesAtOnce: fc.integer({ min: 1, max: 3 }),
    turnsPerWrite: fc.integer({ min: 0, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(submissions, bounds, async (plan, { turnsPerWrite, ...limits }) => {
      const writes: string[][] = [];
      let underWay = 0;
      const coalescer = createCoalescer<string, string>({
        ...limits,
        waitingMax: 1000,
        async write(items) {
          underWay++;
          expect(underWay).toBeLessThanOrEqual(limits.writesAtOnce);
          writes.push([...items]);
          for (let turn = 0; turn < turnsPerWrite; turn++) await nextTurn();
          underWay--;
          if (items.some((item) => item.endsWith('refused'))) throw new Error('refused');
          return items.map((item) => `answer to ${item}`);
        },
      });
      const submitted: { items: string[]; isRefused: boolean; answer: Promise<string[] | 'refused'> }[] = [];
      for (const [index, { size, turnsBefore, isRefused }] of plan.entries()) {
        for (let turn = 0; turn < turnsBefore; turn++) await nextTurn();
        const items = numbers(0, size).map((n) => `${index}.${n}${isRefused ? ' refused' : ''}`);
        const answer = coalescer.submit(items).catch(() => 'refused' as const);
        submitted.push({ items, isRefused, answer });
      }
      for (const { items, isRefused, answer } of submitted) {
        expect(await answer).toEqual(isRefused ? 'refused' : items.map((item) => `answer to ${item}`));
      }
      expect(coalescer.waiting).toBe(0);
      for (const { items } of submitted) {
        expect(writes.some((write) => write.join().includes(items.join()))).toBe(true);
      }
      for (const write of writes) {
        const from = new Set(write.map((item) => item.split('.')[0]));
        expect(write.length <= limits.itemsPerWrite || from.size === 1).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});
