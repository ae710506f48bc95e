import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isNestedDeeper } from '../../src/api/json-nesting.ts';

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

test('the nesting of JSON text is that of its value', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(6), (json, levels) => {
      expect(isNestedDeeper(json, levels)).toBe(depthOf(JSON.parse(json)) > levels);
    }),
  );
});

test('brackets, quotes and backslashes inside strings do not count', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom('"', '\\', '[', '{', '}', 'a') })), (texts) => {
      expect(isNestedDeeper(JSON.stringify(texts), 1)).toBe(false);
    }),
  );
});
