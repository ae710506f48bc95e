import { PGlite } from '@electric-sql/pglite';
import { expect, test } from 'vitest';
import { DatabaseUnavailable } from '../../src/storage/database.ts';
import { createEngines } from '../../src/storage/pglite-engines.ts';

test('what cannot be opened again is tried after 250 ms, then half as often each time, and every five seconds in the end', async () => {
  const pglite = await PGlite.create();
  const broken = { pglite, brokenBy: new Error('broken'), abandon() {} };
  let nowMs = 0;
  const triedAt: number[] = [];
  const engines = createEngines(
    broken,
    () => {
      triedAt.push(nowMs);
      return Promise.reject(new Error('no space'));
    },
    { now: () => nowMs },
  );
  expect(engines.check).toThrow(DatabaseUnavailable);
  for (; nowMs <= 20_000; nowMs += 50) await expect(engines.working()).rejects.toThrow(DatabaseUnavailable);
  expect(triedAt).toEqual([0, 250, 750, 1750, 3750, 7750, 12_750, 17_750]);
  await pglite.close();
});
