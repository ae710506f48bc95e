import { expect, test } from 'vitest';
import { statsRanges, windowAt } from '../../src/domain/stats-window.ts';

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
