import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTurns, type TurnsOptions } from '../../src/api/turns.ts';
import { Overloaded } from '../../src/storage/overloaded.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Work that begins when its turn comes and ends when the test says so. */
function heldTurns(options: Partial<TurnsOptions> = {}) {
  const turns = createTurns({
    atOnceMax: 4,
    atOnceOfOneMax: 2,
    waitingOfOneMax: 100,
    waitMsMax: 1000,
    ...options,
  });
  const begun: string[] = [];
  const ends = new Map<string, { succeed(): void; fail(error: Error): void }>();
  const take = (work: string): Promise<string> =>
    turns.take(work.replace(/\d+$/, ''), () => {
      begun.push(work);
      return new Promise((resolve, reject) => {
        ends.set(work, { succeed: () => resolve(work), fail: reject });
      });
    });
  const end = async (work: string) => {
    ends.get(work)?.succeed();
    await nextTurn();
  };
  return { take, begun, end, ends };
}

test('what one asks for beyond its share waits, and what another asks for begins', async () => {
  const { take, begun, end } = heldTurns();
  const all = ['a1', 'a2', 'a3', 'a4', 'b1'].map(take);
  await nextTurn();
  expect(begun).toEqual(['a1', 'a2', 'b1']);
  await end('a2');
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3']);
  await end('b1');
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3']);
  for (const work of ['a1', 'a3', 'a4']) await end(work);
  expect(await Promise.all(all)).toEqual(['a1', 'a2', 'a3', 'a4', 'b1']);
});

test('beyond what is served at once the names take turns, however much one of them asks for', async () => {
  const { take, begun, end } = heldTurns({ atOnceMax: 2, atOnceOfOneMax: 1 });
  for (const work of ['a1', 'x1', 'a2', 'a3', 'b1', 'b2', 'c1']) void take(work);
  for (const work of ['x1', 'a1', 'b1', 'c1', 'a2', 'b2']) await end(work);
  expect(begun).toEqual(['a1', 'x1', 'b1', 'a2', 'c1', 'b2', 'a3']);
});

test('the last place is for a name that has none yet', async () => {
  const { take, begun, end } = heldTurns();
  for (const work of ['a1', 'a2', 'b1', 'b2', 'c1', 'd1']) void take(work);
  await nextTurn();
  expect(begun).toEqual(['a1', 'a2', 'b1', 'c1']);
  await end('b1');
  // Both have none now, and the one of them that has waited for longer is first.
  expect(begun).toEqual(['a1', 'a2', 'b1', 'c1', 'b2']);
  await end('a1');
  expect(begun).toEqual(['a1', 'a2', 'b1', 'c1', 'b2', 'd1']);
});

test('an end lets everybody begin who may then', async () => {
  const { take, begun, end } = heldTurns();
  for (const work of ['a1', 'b1', 'c1', 'a2', 'b2']) void take(work);
  await end('b1');
  expect(begun).toEqual(['a1', 'b1', 'c1', 'a2', 'b2']);
});

test('a failure frees its place', async () => {
  const { take, begun, ends } = heldTurns({ atOnceOfOneMax: 1 });
  const failing = take('a1');
  void take('a2');
  await nextTurn();
  ends.get('a1')?.fail(new Error('it failed'));
  await expect(failing).rejects.toThrow('it failed');
  await nextTurn();
  expect(begun).toEqual(['a1', 'a2']);
});

test('too many of one name are refused, and others are not', async () => {
  const { take, begun } = heldTurns({ waitingOfOneMax: 2 });
  for (const work of ['a1', 'a2', 'a3', 'a4']) void take(work);
  await expect(take('a5')).rejects.toBeInstanceOf(Overloaded);
  void take('b1');
  await nextTurn();
  expect(begun).toEqual(['a1', 'a2', 'b1']);
});

test('whoever has waited for too long is refused and has begun nothing; those behind it go on', async () => {
  const { take, begun, end } = heldTurns({ atOnceOfOneMax: 1 });
  void take('a1');
  const late = expect(take('a2')).rejects.toBeInstanceOf(Overloaded);
  await vi.advanceTimersByTimeAsync(600);
  void take('a3');
  await vi.advanceTimersByTimeAsync(400);
  await late;
  await end('a1');
  expect(begun).toEqual(['a1', 'a3']);
  await vi.advanceTimersByTimeAsync(10_000);
  await end('a3');
  const last = take('a4');
  await end('a4');
  expect(await last).toBe('a4');
});
