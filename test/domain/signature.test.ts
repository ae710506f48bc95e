import { createHmac, timingSafeEqual } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { secretKey, signatureHeaders, signV1 } from '../../src/domain/signature.ts';

const bytes = fc.uint8Array({ minLength: 24, maxLength: 32 }).map((array) => Buffer.from(array));
/** Bodies reach the wire as UTF-8, which cannot carry half a surrogate pair. */
const text = fc.string({ unit: 'binary' });
const attempt = fc.record({
  webhookId: fc.uuid(),
  deliveryId: fc.uuid(),
  eventName: fc.constantFrom('message.delivered', 'templates'),
  attemptNumber: fc.integer({ min: 1, max: 6 }),
  // The Standard Webhooks package compares with its own clock.
  timestampSeconds: fc.constant(Math.floor(Date.now() / 1000)),
  body: text,
  keys: fc.array(bytes, { minLength: 1, maxLength: 2 }),
});

/** Contract C1 read as a receiver would. */
function verifies(key: Buffer, headers: Record<string, string>, body: string): boolean {
  const signed = Buffer.concat([
    Buffer.from(headers['x-webhook-id'] ?? ''),
    Buffer.from('.'),
    Buffer.from(headers['x-webhook-timestamp'] ?? ''),
    Buffer.from('.'),
    Buffer.from(body),
  ]);
  const expected = createHmac('sha256', key).update(signed).digest();
  const [version, signature = ''] = (headers['x-webhook-signature'] ?? '').split(',');
  return version === 'v1' && timingSafeEqual(Buffer.from(signature, 'base64'), expected);
}

describe('signature', () => {
  test('the check vector of the contract comes out', () => {
    const body =
      '{"field":"message","event":"message.delivered","sub_type":"message.delivered","timestamp":"2026-01-15T10:35:00Z","payload":{"message_id":"b1a2c3d4-0000-4000-8000-000000000001","message_status":"DELIVERED","channel":"sms"}}';
    const key = secretKey('whsec_a1b2c3d4e5f6g7h8i9j0');
    expect(signV1(key, 'd4f5a6b7-c8d9-4e0f-a1b2-c3d4e5f6a7b8', 1768473300, body)).toBe(
      'v1,lyBvXODZYh4iCkPsiUWcjI+jWJqeS1/ZcH640qoqkuw=',
    );
  });

  test('a secret stands for the same bytes with and without its prefix', () => {
    fc.assert(
      fc.property(bytes, (key) => {
        expect(secretKey(`whsec_${key.toString('base64')}`)).toEqual(key);
        expect(secretKey(key.toString('base64'))).toEqual(key);
      }),
    );
  });

  test('the headers of an attempt are exactly those of the contract', () => {
    const key = Buffer.alloc(32, 7);
    const headers = signatureHeaders({
      webhookId: 'the-webhook',
      deliveryId: 'the-delivery',
      eventName: 'message.delivered',
      attemptNumber: 2,
      timestampSeconds: 1768473300,
      body: '{}',
      keys: [key],
    });
    expect(headers).toEqual({
      'x-webhook-id': 'the-webhook',
      'x-webhook-timestamp': '1768473300',
      'x-webhook-signature': signV1(key, 'the-webhook', 1768473300, '{}'),
      'x-webhook-event-type': 'message.delivered',
      'x-webhook-event-id': 'the-delivery',
      'x-webhook-attempt': '2',
      'webhook-id': 'the-delivery',
      'webhook-timestamp': '1768473300',
      'webhook-signature': signV1(key, 'the-delivery', 1768473300, '{}'),
    });
  });

  test("a receiver that follows the contract accepts every attempt with the newest key's secret", () => {
    fc.assert(
      fc.property(attempt, (input) => {
        const [newest = Buffer.alloc(0)] = input.keys;
        const headers = signatureHeaders(input);
        expect(headers['x-webhook-signature']).not.toContain(' ');
        expect(verifies(newest, headers, input.body)).toBe(true);
        expect(verifies(newest, headers, `${input.body} `)).toBe(false);
      }),
    );
  });

  test('the Standard Webhooks package accepts every attempt with each secret of an overlap', () => {
    fc.assert(
      fc.property(attempt, (input) => {
        const headers = signatureHeaders(input);
        for (const key of input.keys) {
          const receiver = new Webhook(key.toString('base64'));
          expect(() => receiver.verify(input.body, headers, { jsonParse: false })).not.toThrow();
        }
        expect(headers['webhook-signature']?.split(' ')).toHaveLength(input.keys.length);
      }),
    );
  });

  test('a delivery without a key is not signed but refused', () => {
    const input = {
      webhookId: '',
      deliveryId: '',
      eventName: '',
      attemptNumber: 1,
      timestampSeconds: 0,
      body: '',
    };
    expect(() => signatureHeaders({ ...input, keys: [] })).toThrow('cannot be signed without a key');
  });
});
