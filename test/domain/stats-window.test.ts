import { expect, test } from 'vitest';
import { coarsenings, statsRanges, windowAt } from '../../src/domain/stats-window.ts';

const now = new Date('2026-01-15T10:33:20.500Z');

test.each([
  ['1h', '2026-01-15T09:35:00Z', 300, 12, '2026-01-15T10:30:00Z'],
  ['24h', '2026-01-14T11:00:00Z', 1800, 48, '2026-01-15T10:30:00Z'],
  ['7d', '2026-01-08T12:00:00Z', 21_600, 28, '2026-01-15T06:00:00Z'],
  ['30d', '2025-12-17T00:00:00Z', 86_400, 30, '2026-01-15T00:00:00Z'],
] as const)(
  '%s has buckets of equal length, and the last one contains now',
  (range, from, seconds, buckets, last) => {
    const window = windowAt(range, now);
    expect(window).toMatchObject({ range, from: new Date(from), to: now, bucketSeconds: seconds });
    expect(window.bucketStarts).toHaveLength(buckets);
    expect(window.bucketStarts.at(0)).toEqual(new Date(from));
    expect(window.bucketStarts.at(-1)).toEqual(new Date(last));
  },
);

test.each(statsRanges)('a bucket of %s begins at its first moment', (range) => {
  const { bucketStarts } = windowAt(range, new Date('2026-01-15T00:00:00Z'));
  expect(bucketStarts.at(-1)).toEqual(new Date('2026-01-15T00:00:00Z'));
});

test('what no shorter range reaches is asked for in the buckets of the next, which are made of whole ones', () => {
  expect(coarsenings).toEqual([
    { ageSeconds: 3600, unitSeconds: 1800 },
    { ageSeconds: 86_400, unitSeconds: 21_600 },
    { ageSeconds: 7 * 86_400, unitSeconds: 86_400 },
  ]);
  const units = [300, ...coarsenings.map(({ unitSeconds }) => unitSeconds)];
  for (const [index, unit] of units.slice(1).entries()) expect(unit % (units[index] ?? 0)).toBe(0);
});
