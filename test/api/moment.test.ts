import { expect, test } from 'vitest';
import { momentText, momentTextOrNull } from '../../src/api/moment.ts';

test.each([
  ['2026-01-15T10:30:00.000Z', '2026-01-15T10:30:00+00:00'],
  ['2026-01-15T10:30:00.120Z', '2026-01-15T10:30:00.12+00:00'],
  ['2026-01-15T10:30:00.007Z', '2026-01-15T10:30:00.007+00:00'],
  ['2026-01-15T10:30:10.100Z', '2026-01-15T10:30:10.1+00:00'],
])('%s is written %s', (moment, text) => {
  expect(momentText(new Date(moment))).toBe(text);
});

test('no moment stays null', () => {
  expect(momentTextOrNull(null)).toBeNull();
});
