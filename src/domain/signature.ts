/**
 * Signs one attempt of a delivery (contract C1): the headers by which a receiver recognises the delivery and proves
 * who sent it, in the service's own form and in that of Standard Webhooks.
 */
import { createHash, hash } from 'node:crypto';

const secretPrefix = 'whsec_';

/** The bytes a secret stands for: without `whsec_`, base64-decoded. */
export function secretKey(secret: string): Buffer {
  return Buffer.from(secret.startsWith(secretPrefix) ? secret.slice(secretPrefix.length) : secret, 'base64');
}

const blockBytes = 64;
const digestBytes = 32;

/** `v1,` and the base64 of HMAC-SHA256 over `<id>.<timestamp>.<body>`. */
export function signV1(key: Buffer, id: string, timestampSeconds: number, body: string): string {
  return `v1,${hmacSha256(key, `${id}.${timestampSeconds}.${body}`)}`;
}

/**
 * HMAC as RFC 2104 defines it, from two hashes in one call each. `createHmac` makes an object outside of the heap for
 * every signature, which costs a sender twice as much as the hashing.
 */
function hmacSha256(key: Buffer, message: string): string {
  const blockKey = key.length > blockBytes ? createHash('sha256').update(key).digest() : key;
  const inner = Buffer.allocUnsafe(blockBytes + Buffer.byteLength(message));
  const outer = Buffer.allocUnsafe(blockBytes + digestBytes);
  for (let at = 0; at < blockBytes; at++) {
    const byte = blockKey[at] ?? 0;
    inner[at] = byte ^ 0x36;
    outer[at] = byte ^ 0x5c;
  }
  inner.write(message, blockBytes);
  hash('sha256', inner, 'buffer').copy(outer, blockBytes);
  return hash('sha256', outer, 'base64');
}

export interface SignedAttempt {
  readonly webhookId: string;
  /** The id in the delivery log: the receiver's deduplication key. */
  readonly deliveryId: string;
  /** `message.delivered`, or the parent of a parent-level event. */
  readonly eventName: string;
  /** 1-based. */
  readonly attemptNumber: number;
  /** Unix seconds of this attempt. */
  readonly timestampSeconds: number;
  readonly body: string;
  /** Newest first; several only while a rotation overlaps. */
  readonly keys: readonly Buffer[];
}

/**
 * Every webhook header of one attempt, names in lower case. The service's own signature is made with the newest key
 * only, since its receivers read one value; the Standard Webhooks header carries one signature for each key.
 *
 * @throws when there is no key: an unsigned delivery must not leave.
 */
export function signatureHeaders(attempt: SignedAttempt): Record<string, string> {
  const { webhookId, deliveryId, timestampSeconds, body, keys } = attempt;
  const [newestKey] = keys;
  if (newestKey === undefined) throw new Error('a delivery cannot be signed without a key');
  const timestamp = String(timestampSeconds);
  return {
    'x-webhook-id': webhookId,
    'x-webhook-timestamp': timestamp,
    'x-webhook-signature': signV1(newestKey, webhookId, timestampSeconds, body),
    'x-webhook-event-type': attempt.eventName,
    'x-webhook-event-id': deliveryId,
    'x-webhook-attempt': String(attempt.attemptNumber),
    'webhook-id': deliveryId,
    'webhook-timestamp': timestamp,
    'webhook-signature': keys.map((key) => signV1(key, deliveryId, timestampSeconds, body)).join(' '),
  };
}
