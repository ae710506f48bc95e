import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSecretBox } from '../../src/domain/secret-box.ts';

const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((array) => Buffer.from(array));
const text = fc.string({ unit: 'binary' });
const box = (...keys: Buffer[]) => createSecretBox(keys, randomBytes);

describe('secret box', () => {
  test('what was sealed opens in its context', () => {
    fc.assert(
      fc.property(key, text, text, (bytes, plaintext, context) => {
        const sealed = box(bytes).seal(plaintext, context);
        expect(box(bytes).open(sealed, context)).toEqual({ ok: true, value: plaintext });
      }),
    );
  });

  test('a sealed text names its version and key and hides its content', () => {
    const bytes = Buffer.alloc(32, 1);
    const sealed = box(bytes).seal('whsec_secret', 'webhook:1');
    const keyId = createHash('sha256').update(bytes).digest('hex').slice(0, 8);
    expect(box(bytes).keyId).toBe(keyId);
    expect(sealed).toMatch(new RegExp(`^v1\\.${keyId}\\.[A-Za-z0-9_-]+$`));
    expect(Buffer.from(sealed.split('.')[2] ?? '', 'base64url').toString('latin1')).not.toContain('secret');
  });

  test('the same text sealed twice looks different', () => {
    const secrets = box(Buffer.alloc(32, 1));
    expect(secrets.seal('a', 'b')).not.toBe(secrets.seal('a', 'b'));
  });

  test('it does not open in another context', () => {
    fc.assert(
      fc.property(key, text, text, text, (bytes, plaintext, context, other) => {
        fc.pre(context !== other);
        const sealed = box(bytes).seal(plaintext, context);
        expect(box(bytes).open(sealed, other)).toEqual({ ok: false, error: 'damaged' });
      }),
    );
  });

  test('it does not open when any character was changed', () => {
    fc.assert(
      fc.property(
        key,
        text,
        fc.nat(),
        fc.constantFrom('A', 'z', '.', '=', ' '),
        (bytes, plaintext, at, character) => {
          const sealed = box(bytes).seal(plaintext, 'here');
          const place = at % sealed.length;
          fc.pre(sealed[place] !== character);
          const changed = sealed.slice(0, place) + character + sealed.slice(place + 1);
          expect(box(bytes).open(changed, 'here').ok).toBe(false);
        },
      ),
    );
  });

  test('it does not open when any byte of it was flipped', () => {
    fc.assert(
      fc.property(key, text, fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, plaintext, at, mask) => {
        const [version, keyId, encoded = ''] = box(bytes).seal(plaintext, 'here').split('.');
        const content = Buffer.from(encoded, 'base64url');
        const place = at % content.length;
        content.writeUInt8(content.readUInt8(place) ^ mask, place);
        const changed = `${version}.${keyId}.${content.toString('base64url')}`;
        expect(box(bytes).open(changed, 'here')).toEqual({ ok: false, error: 'damaged' });
      }),
    );
  });

  test('after a rotation the new key seals and both keys open', () => {
    fc.assert(
      fc.property(key, key, text, (oldKey, newKey, plaintext) => {
        fc.pre(!oldKey.equals(newKey));
        const before = box(oldKey).seal(plaintext, 'here');
        const rotated = box(newKey, oldKey);
        const after = rotated.seal(plaintext, 'here');
        expect(rotated.open(before, 'here')).toEqual({ ok: true, value: plaintext });
        expect(box(newKey).open(after, 'here')).toEqual({ ok: true, value: plaintext });
        expect(box(newKey).open(before, 'here')).toEqual({ ok: false, error: 'unknown-key' });
      }),
    );
  });

  test.each(['', 'v1', 'v1.', 'v1.12345678', 'v2.12345678.AAAA', 'whsec_plain', 'v1.12345678.AAAA.AAAA'])(
    'the text %j was never sealed',
    (sealed) => {
      expect(box(Buffer.alloc(32)).open(sealed, '')).toEqual({ ok: false, error: 'damaged' });
    },
  );

  test('a text too short to be sealed is damaged', () => {
    const secrets = box(Buffer.alloc(32));
    const short = `v1.${secrets.keyId}.${Buffer.alloc(27).toString('base64url')}`;
    expect(secrets.open(short, '')).toEqual({ ok: false, error: 'damaged' });
  });

  test.each([[[]], [[Buffer.alloc(16)]], [[Buffer.alloc(32), Buffer.alloc(31)]]])(
    'a box without a key, or with one of another length, is not made',
    (keys) => {
      expect(() => createSecretBox(keys, randomBytes)).toThrow('at least one key, each of 32 bytes');
    },
  );
});
