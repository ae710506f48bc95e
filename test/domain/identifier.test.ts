import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isUuid, lowestIdAt, momentOf, newId } from '../../src/domain/identifier.ts';

const moments = fc.integer({ min: 0, max: Date.UTC(9999, 0) });

test('an identifier is a UUID v7 that remembers its moment', () => {
  fc.assert(
    fc.property(moments, (nowMs) => {
      const id = newId(nowMs);
      expect(isUuid(id)).toBe(true);
      expect(id[14]).toBe('7');
      expect(momentOf(id).getTime()).toBe(nowMs);
    }),
  );
});

test('two identifiers of one moment differ', () => {
  expect(newId(1)).not.toBe(newId(1));
});

test('a moment bounds exactly the identifiers made at or after it', () => {
  fc.assert(
    fc.property(moments, moments, (bound, nowMs) => {
      expect(newId(nowMs) >= lowestIdAt(new Date(bound))).toBe(nowMs >= bound);
    }),
  );
});

test('a moment before 1970 bounds nothing away', () => {
  expect(lowestIdAt(new Date(-1))).toBe('00000000-0000-0000-0000-000000000000');
});

test.each(['', 'webhook', 'd4f5a6b7-c8d9-4e0f-a1b2-c3d4e5f6a7b', '{d4f5a6b7-c8d9-4e0f-a1b2-c3d4e5f6a7b8}'])(
  '%j is no UUID',
  (text) => {
    expect(isUuid(text)).toBe(false);
  },
);
