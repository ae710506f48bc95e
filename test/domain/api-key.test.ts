import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { apiKeyPrefix, hashApiKey, newApiKey, newPlatformKey, sameKey } from '../../src/domain/api-key.ts';

const bytes = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 8));

test('an account key and a platform key carry all their bytes and can be told apart', () => {
  expect(newApiKey(bytes)).toMatch(/^ph_[A-Za-z0-9_-]{43}$/);
  expect(Buffer.from(newApiKey(bytes).slice(3), 'base64url')).toEqual(bytes);
  expect(newPlatformKey(bytes)).toMatch(/^php_[A-Za-z0-9_-]{43}$/);
  expect(Buffer.from(newPlatformKey(bytes).slice(4), 'base64url')).toEqual(bytes);
});

test('a key is kept as its hexadecimal SHA-256', () => {
  expect(hashApiKey('ph_key')).toBe(createHash('sha256').update('ph_key').digest('hex'));
});

test('a key is recognised by its first eleven characters', () => {
  expect(apiKeyPrefix(newApiKey(bytes))).toBe(newApiKey(bytes).slice(0, 11));
});

test('two keys are the same when their texts are, whatever their lengths', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(sameKey(a, b)).toBe(a === b);
      expect(sameKey(a, a)).toBe(true);
    }),
  );
});
