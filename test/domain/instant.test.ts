import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseInstant } from '../../src/domain/instant.ts';

test.each([
  ['2026-01-15T10:30:00Z', '2026-01-15T10:30:00.000Z'],
  ['2026-01-15T10:30:00+00:00', '2026-01-15T10:30:00.000Z'],
  ['2026-01-15T10:30:00.5827+02:00', '2026-01-15T08:30:00.582Z'],
  ['2026-01-15T10:30Z', '2026-01-15T10:30:00.000Z'],
  ['2026-01-15', '2026-01-15T00:00:00.000Z'],
  ['2028-02-29', '2028-02-29T00:00:00.000Z'],
])('%s is a moment', (text, expected) => {
  expect(parseInstant(text)?.toISOString()).toBe(expected);
});

test.each([
  '',
  'yesterday',
  '2026',
  '2026-02-30',
  '2026-13-01',
  '2026-01-15T10:30:00',
  '2026-01-15 10:30:00Z',
  '2026-01-15T24:00:00Z',
  '2026-01-15T10:60:00Z',
  '2026-01-15T10:30:00+0000',
  '2026-01-15T10:30:00+99:00',
  '+012026-01-15T10:30:00Z',
  ' 2026-01-15',
  '9999-12-31T23:59:59-01:00',
  '0000-01-01T00:00:00+01:00',
  'Thu, 15 Jan 2026 10:40:00 GMT',
])('%j is none', (text) => {
  expect(parseInstant(text)).toBeNull();
});

test('every moment of four-digit years is read back as it was written', () => {
  const moments = fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(moments, (moment) => {
      expect(parseInstant(moment.toISOString())).toEqual(moment);
    }),
  );
});
