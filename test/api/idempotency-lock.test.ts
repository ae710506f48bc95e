import { afterEach, expect, test, vi } from 'vitest';
import { takeIdempotencyLock } from '../../src/api/idempotency-lock.ts';
import type { Lock } from '../../src/storage/database.ts';
import { createProcessLocks } from '../../src/storage/process-locks.ts';

afterEach(() => {
  vi.useRealTimers();
});

function locks() {
  const held = createProcessLocks();
  const db = { tryLock: async (name: string): Promise<Lock | null> => held.tryLock(name) };
  return { db, take: (name: string) => takeIdempotencyLock(db, name) };
}

test('a key is held by one request at a time', async () => {
  const { take } = locks();
  const first = await take('a');
  expect(first).not.toBeNull();
  expect(await take('a')).toBeNull();
  expect(await take('b')).not.toBeNull();
  await first?.release();
  expect(await take('a')).not.toBeNull();
});

test('a lock does not outlive five minutes, and its late release frees nobody else', async () => {
  vi.useFakeTimers();
  const { take } = locks();
  const first = await take('a');
  await vi.advanceTimersByTimeAsync(5 * 60 * 1000 - 1);
  expect(await take('a')).toBeNull();
  await vi.advanceTimersByTimeAsync(1);
  const second = await take('a');
  expect(second).not.toBeNull();
  await first?.release();
  expect(await take('a')).toBeNull();
});
