/**
 * Encrypts what must be readable again but not by whoever reads the database: signing secrets and stored answers.
 * A sealed text opens only with its key and in the context it was sealed for, so a value copied to another row does
 * not open there. The key's id is part of the text, so that keys can rotate.
 */
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { accept, type Result, refuse } from './result.ts';

const version = 'v1';
const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;

type SealFailure = 'unknown-key' | 'damaged';

export interface SecretBox {
  /** Which key seals: the first 8 hexadecimal digits of its SHA-256. */
  readonly keyId: string;
  /** `v1.<key id>.<base64url of IV, ciphertext and tag>`. The context is needed again to open. */
  seal(plaintext: string, context: string): string;
  /** `damaged` also when the context is another one: AES-GCM cannot tell these apart. */
  open(sealed: string, context: string): Result<string, SealFailure>;
}

/**
 * @param keys 32 bytes each; the first seals, every one opens.
 * @throws when there is no key, or one of another length.
 */
export function createSecretBox(keys: readonly Buffer[], randomBytes: (size: number) => Buffer): SecretBox {
  const [sealingKey] = keys;
  if (sealingKey === undefined || keys.some((key) => key.length !== keyBytes)) {
    throw new Error(`a secret box needs at least one key, each of ${keyBytes} bytes`);
  }
  const keyId = idOf(sealingKey);
  const keysById = new Map(keys.map((key) => [idOf(key), key]));
  return {
    keyId,
    seal(plaintext, context) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', sealingKey, iv).setAAD(Buffer.from(context));
      const parts = [iv, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()];
      return `${sealPrefix({ keyId })}${Buffer.concat(parts).toString('base64url')}`;
    },
    open(sealed, context) {
      const [sealedVersion, sealedKeyId, encoded, ...rest] = sealed.split('.');
      if (
        sealedVersion !== version ||
        sealedKeyId === undefined ||
        encoded === undefined ||
        rest.length > 0
      ) {
        return refuse('damaged');
      }
      const key = keysById.get(sealedKeyId);
      return key === undefined ? refuse('unknown-key') : decrypt(key, encoded, context);
    },
  };
}

/** How a text begins that was sealed with the first key of this box. */
export function sealPrefix({ keyId }: Pick<SecretBox, 'keyId'>): string {
  return `${version}.${keyId}.`;
}

function decrypt(key: Buffer, encoded: string, context: string): Result<string, SealFailure> {
  const bytes = Buffer.from(encoded, 'base64url');
  // Decoding is lenient, and a text that was changed must not open.
  if (bytes.length < ivBytes + tagBytes || bytes.toString('base64url') !== encoded) return refuse('damaged');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  const start = decipher.update(bytes.subarray(ivBytes, -tagBytes));
  try {
    return accept(Buffer.concat([start, decipher.final()]).toString('utf8'));
  } catch {
    return refuse('damaged');
  }
}

function idOf(key: Buffer): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 8);
}
