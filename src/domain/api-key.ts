/**
 * The keys that open the two APIs. A key is shown once, when it is made; only its hash and its first characters
 * are kept.
 */
import { hash, timingSafeEqual } from 'node:crypto';

export const apiKeyBytes = 32;
const prefixLength = 11;

/** The key of an account: `ph_` and the given random bytes in base64url. */
export function newApiKey(bytes: Buffer): string {
  return `ph_${bytes.toString('base64url')}`;
}

/** The key of the platform: `php_` and the given random bytes in base64url. */
export function newPlatformKey(bytes: Buffer): string {
  return `php_${bytes.toString('base64url')}`;
}

/** SHA-256, hexadecimal. Enough for a key of 256 random bits; a slow hash would only slow down requests. */
export function hashApiKey(key: string): string {
  return hash('sha256', key);
}

/** The first characters, by which its owner recognises a key. */
export function apiKeyPrefix(key: string): string {
  return key.slice(0, prefixLength);
}

/** Compares in a time that depends on neither key: their hashes have one length. */
export function sameKey(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
}
