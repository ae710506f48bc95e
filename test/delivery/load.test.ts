import { expect, test } from 'vitest';
import { createLoad, type Load } from '../../src/delivery/load.ts';

/** Longer than the load is measured over. */
const spinMs = 80;

function spin(): void {
  const end = performance.now() + spinMs;
  while (performance.now() < end);
}

function rest(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, spinMs);
  });
}

async function busyLoad(): Promise<Load> {
  // The event loop counts from its first turn on.
  await rest();
  const load = createLoad();
  spin();
  return load;
}

test('a process that works without a rest is busy, and one that waits is not', async () => {
  const load = await busyLoad();
  expect(load.isBusy()).toBe(true);
  await rest();
  await rest();
  expect(load.isBusy()).toBe(false);
});

test('a small statement of a busy process waits for more, a large one does not', async () => {
  const load = await busyLoad();
  expect(load.gathered(128)).toBeNull();
  const gathered = load.gathered(127);
  expect(gathered).toBeInstanceOf(Promise);
  await gathered;
});

test('a process that has time waits for nothing', async () => {
  const load = createLoad();
  await rest();
  expect(load.gathered(1)).toBeNull();
});
