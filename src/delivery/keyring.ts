/** The signing keys of webhooks, decrypted once and kept while they are in use. */
import type { LeasedDelivery } from '../domain/delivery.ts';
import type { SecretBox } from '../domain/secret-box.ts';
import { secretKey } from '../domain/signature.ts';

/** Newest first; null when a secret cannot be read. */
export type Keyring = (
  delivery: Pick<LeasedDelivery, 'webhookId' | 'sealedSecret' | 'sealedPreviousSecret'>,
) => readonly Buffer[] | null;

/** About 200 bytes each. */
const keysMax = 10_000;

export function createKeyring(secretBox: SecretBox): Keyring {
  const opened = new Map<string, Buffer>();

  function open(sealed: string, webhookId: string): Buffer | null {
    const known = opened.get(sealed);
    if (known !== undefined) return known;
    const secret = secretBox.open(sealed, `webhook:${webhookId}`);
    if (!secret.ok) return null;
    if (opened.size >= keysMax) opened.clear();
    const key = secretKey(secret.value);
    opened.set(sealed, key);
    return key;
  }

  return ({ webhookId, sealedSecret, sealedPreviousSecret }) => {
    const current = open(sealedSecret, webhookId);
    if (current === null || sealedPreviousSecret === null) return current === null ? null : [current];
    const previous = open(sealedPreviousSecret, webhookId);
    return previous === null ? [current] : [current, previous];
  };
}
