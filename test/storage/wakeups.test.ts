import { expect, test } from 'vitest';
import type { Lane } from '../../src/domain/lane.ts';
import { createWakeups } from '../../src/storage/wakeups.ts';
import { openTestDatabase } from '../support/database.ts';

test('a signal wakes everybody in its own process before it returns, and says which lanes', async () => {
  const db = await openTestDatabase();
  const wakeups = await createWakeups(db, 'alone', () => {});
  const woken: [string, readonly Lane[] | null][] = [];
  wakeups.onSignal((lanes) => woken.push(['first', lanes]));
  wakeups.onSignal((lanes) => woken.push(['second', lanes]));
  const lanes = [{ webhookId: 'w', accountId: 'a', isRetry: false, isFailing: true }];
  wakeups.signal(lanes);
  expect(woken).toEqual([
    ['first', lanes],
    ['second', lanes],
  ]);
  wakeups.close();
  await db.close();
});
