import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prettyJson } from '../../dashboard/src/pages/deliveries/pretty-json.ts';

describe('indented JSON', () => {
  test('looks as JSON.stringify would indent it', () => {
    const value = { a: [1, { b: 'x, {y}: "z"\\' }], c: {}, d: [], e: null };
    expect(prettyJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
  });

  test('means the same, whatever the JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(prettyJson(JSON.stringify(value)))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('keeps numbers and escapes as they were written', () => {
    const text = '{"amount":10.50,"big":12345678901234567890,"e":1E+2,"text":"\\u00e9\\/"}';
    expect(prettyJson(text).replaceAll(/\s/g, '')).toBe(text);
  });

  test('loses nothing of a beginning that was cut off anywhere', () => {
    const text = JSON.stringify({ list: ['a b', { deep: [true, 'x\\"y'] }], last: 'ends' });
    for (let length = 0; length <= text.length; length++) {
      const beginning = text.slice(0, length);
      expect(prettyJson(beginning).replaceAll(/\s/g, '')).toBe(beginning.replaceAll(/\s/g, ''));
    }
  });

  test('takes a string of a quarter of a megabyte', () => {
    const text = JSON.stringify({ data: 'x"\\'.repeat(90_000) });
    expect(JSON.parse(prettyJson(text))).toEqual(JSON.parse(text));
  });
});
