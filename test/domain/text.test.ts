import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isStorableText } from '../../src/domain/text.ts';

test('ordinary text, emoji and control characters can be stored', () => {
  for (const text of ['', 'Order Notifications', 'naïve 日本語 🎉', 'tab\tand line\n', '\u0001']) {
    expect(isStorableText(text)).toBe(true);
  }
});

test('NUL and half of a surrogate pair cannot be stored', () => {
  for (const text of ['\0', 'a\0b', '\ud83c', 'a\udf89', '\udf89\ud83c'])
    expect(isStorableText(text)).toBe(false);
});

test('text can be stored exactly when it survives UTF-8 and has no NUL', () => {
  const anyUnits = fc
    .array(fc.integer({ min: 0, max: 0xffff }))
    .map((units) => String.fromCharCode(...units));
  fc.assert(
    fc.property(anyUnits, (text) => {
      const survives = Buffer.from(text).toString() === text;
      expect(isStorableText(text)).toBe(survives && !text.includes('\0'));
    }),
  );
});
