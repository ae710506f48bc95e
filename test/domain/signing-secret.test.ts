import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { secretKey } from '../../src/domain/signature.ts';
import { newSigningSecret, signingSecretBytes } from '../../src/domain/signing-secret.ts';

test('a new secret is whsec_ and padded standard base64 of its 32 bytes', () => {
  const bytes = Buffer.alloc(signingSecretBytes, 0xfb);
  const secret = newSigningSecret(bytes);
  expect(secret).toBe(`whsec_${'+/v7'.repeat(10)}+/s=`);
  expect(secretKey(secret)).toEqual(bytes);
});

test('the Standard Webhooks package takes a new secret', () => {
  expect(() => new Webhook(newSigningSecret(randomBytes(32)))).not.toThrow();
});
