import { expect, test } from 'vitest';
import { createWakeups } from '../../src/storage/wakeups.ts';
import { openTestDatabase } from '../support/database.ts';

test('a signal wakes everybody in its own process before it returns', async () => {
  const db = await openTestDatabase();
  const wakeups = await createWakeups(db, 'alone', () => {});
  const woken: string[] = [];
  wakeups.onSignal(() => woken.push('first'));
  wakeups.onSignal(() => woken.push('second'));
  wakeups.signal();
  expect(woken).toEqual(['first', 'second']);
  wakeups.close();
  await db.close();
});
