import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFairQueue, type Waiting } from '../../src/storage/fair-queue.ts';

interface Entry extends Waiting {
  readonly name: string;
}

const entry = (name: string, items = 1, bytes = 0): Entry => ({
  name,
  owner: name.replace(/\d+$/, ''),
  amount: { items, bytes },
});
const roomy = { items: 1000, bytes: 1000 };
const namesOf = (entries: readonly Entry[]) => entries.map(({ name }) => name);

function queueOf(entries: readonly Entry[], bounds = roomy) {
  const queue = createFairQueue<Entry>(bounds);
  for (const each of entries) queue.add(each);
  return queue;
}

describe('turns', () => {
  test('owners take turns, and what is one’s keeps its order', () => {
    const queue = queueOf(['a1', 'a2', 'a3', 'b1', 'c1', 'c2'].map((name) => entry(name)));
    expect(namesOf(queue.take(roomy))).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
    expect(queue.isEmpty).toBe(true);
  });

  test('whoever was served last comes last in the next round', () => {
    const queue = queueOf(['a1', 'a2', 'b1', 'b2'].map((name) => entry(name)));
    expect(namesOf(queue.take({ items: 1, bytes: 0 }))).toEqual(['a1']);
    expect(namesOf(queue.take({ items: 2, bytes: 0 }))).toEqual(['b1', 'a2']);
  });

  test('small ones go past a large one that does not fit, which is the first next time', () => {
    const queue = queueOf([entry('b1'), entry('a1', 900), entry('b2'), entry('b3')]);
    expect(namesOf(queue.take({ items: 10, bytes: 0 }))).toEqual(['b1', 'b2', 'b3']);
    queue.add(entry('b4'));
    expect(namesOf(queue.take({ items: 10, bytes: 0 }))).toEqual(['a1']);
    expect(namesOf(queue.take({ items: 10, bytes: 0 }))).toEqual(['b4']);
  });

  test('bytes fill it as items do', () => {
    const queue = queueOf([entry('a1', 1, 6), entry('b1', 1, 6), entry('c1', 1, 4)]);
    expect(namesOf(queue.take({ items: 10, bytes: 10 }))).toEqual(['a1', 'c1']);
  });
});

describe('room', () => {
  test('one that is larger than all bounds has room when nothing else is held', () => {
    const queue = createFairQueue<Entry>({ items: 100, bytes: 1000 });
    expect(queue.hasRoomFor(entry('a', 2000))).toBe(true);
    queue.add(entry('b'));
    expect(queue.hasRoomFor(entry('a', 2000))).toBe(false);
  });

  test('an owner holds half of what the others leave, so that there is room for the next', () => {
    const queue = createFairQueue<Entry>({ items: 100, bytes: 1000 });
    const fill = (owner: string) => {
      let items = 0;
      for (; queue.hasRoomFor(entry(owner)); items++) queue.add(entry(owner));
      return items;
    };
    expect(['a', 'b', 'c', 'd'].map(fill)).toEqual([50, 25, 12, 6]);
  });

  test('what was taken holds its room until it is done', () => {
    const queue = queueOf([entry('a', 50)], { items: 100, bytes: 1000 });
    const [taken] = queue.take(roomy);
    expect([queue.itemsQueued, queue.held.items, queue.hasRoomFor(entry('a'))]).toEqual([0, 50, false]);
    if (taken !== undefined) queue.done(taken);
    expect([queue.held.items, queue.hasRoomFor(entry('a'))]).toEqual([0, true]);
  });

  test('bytes are room as well', () => {
    const queue = queueOf([entry('a', 1, 40)], { items: 1000, bytes: 100 });
    expect(queue.hasRoomFor(entry('a', 1, 20))).toBe(false);
    expect(queue.hasRoomFor(entry('b', 1, 60))).toBe(true);
    expect(queue.hasRoomFor(entry('b', 1, 70))).toBe(false);
  });
});

test('whatever is added and taken, everything comes out once, and nobody waits for more than one turn of each other', () => {
  const entries = fc.array(
    fc.record({ owner: fc.constantFrom('a', 'b', 'c'), items: fc.integer({ min: 1, max: 5 }) }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(entries, fc.integer({ min: 1, max: 8 }), (plan, items) => {
      const queue = queueOf(plan.map(({ owner, items }, index) => entry(`${owner}${index}`, items)));
      const rounds: Entry[][] = [];
      while (!queue.isEmpty) rounds.push(queue.take({ items, bytes: 0 }));
      expect(namesOf(rounds.flat()).sort()).toEqual(
        plan.map(({ owner }, index) => `${owner}${index}`).sort(),
      );
      for (const owner of ['a', 'b', 'c']) {
        const own = namesOf(rounds.flat()).filter((name) => name.startsWith(owner));
        const numbers = own.map((name) => Number(name.slice(1)));
        expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
        // Three owners: the third round at the latest begins with its next one.
        const served = rounds.flatMap((round, at) => (round.some((one) => one.owner === owner) ? [at] : []));
        for (const [n, at] of served.entries()) expect(at - (served[n - 1] ?? -1)).toBeLessThanOrEqual(3);
      }
    }),
    { numRuns: 200 },
  );
});
