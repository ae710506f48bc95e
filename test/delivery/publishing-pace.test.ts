import { beforeEach, expect, test } from 'vitest';
import { createPublishingPace, type PublishingPace } from '../../src/delivery/publishing-pace.ts';

let free: number;
let isBusy: boolean;
let isBehind: boolean;
let pace: PublishingPace;

beforeEach(() => {
  free = 400;
  isBusy = false;
  isBehind = false;
  const load = { isBusy: () => isBusy, gathered: () => null };
  pace = createPublishingPace({ slots: () => free, slotsMax: 400, load, isDatabaseBehind: () => isBehind });
});

test('while there are slots, as many events are stored as can be sent', () => {
  expect(pace.next(10)).toBe(400);
  free = 30;
  expect(pace.next(10)).toBe(30);
});

test('how many deliveries an event makes is learned from what was published', () => {
  for (let batch = 0; batch < 50; batch++) pace.published(10, 50);
  expect(pace.next(10)).toBe(80);
  for (let batch = 0; batch < 100; batch++) pace.published(10, 0);
  expect(pace.next(10)).toBeGreaterThanOrEqual(400);
});

test('a process that is not busy stores everything at once, though no slot is free', () => {
  free = 0;
  expect(pace.next(1000)).toBe(Number.POSITIVE_INFINITY);
});

test('a busy one waits until enough slots are free, and not for more than a quarter of them', async () => {
  isBusy = true;
  free = 10;
  let resolved: number | null = null;
  const waiting = Promise.resolve(pace.next(1000)).then((events) => {
    resolved = events;
  });
  free = 99;
  pace.slotsFreed();
  await new Promise((resolve) => setImmediate(resolve));
  expect(resolved).toBeNull();
  free = 100;
  pace.slotsFreed();
  await waiting;
  expect(resolved).toBe(100);
});

test('a database that is behind makes the next batch wait too', async () => {
  isBehind = true;
  free = 0;
  const waiting = pace.next(100);
  expect(waiting).toBeInstanceOf(Promise);
  free = 400;
  pace.slotsFreed();
  expect(await waiting).toBe(400);
});

test('a second batch does not wait beside the first', async () => {
  isBusy = true;
  free = 0;
  const first = pace.next(100);
  expect(first).toBeInstanceOf(Promise);
  expect(pace.next(100)).toBe(Number.POSITIVE_INFINITY);
  free = 400;
  pace.slotsFreed();
  expect(await first).toBe(400);
});

test('no batch waits for ever: when no slot becomes free it is stored all the same', async () => {
  isBusy = true;
  free = 0;
  expect(await pace.next(100)).toBe(Number.POSITIVE_INFINITY);
});
