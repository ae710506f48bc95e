/** A receiver's check of x-webhook-signature, written from the contract's text and sharing nothing with the service. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ReceivedRequest } from './receiver.ts';

export function verifyByContract(
  { headers, body }: Pick<ReceivedRequest, 'headers' | 'body'>,
  secret: string,
): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signed = `${headers['x-webhook-id']}.${headers['x-webhook-timestamp']}.${body}`;
  const expected = Buffer.from(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
  const given = Buffer.from(String(headers['x-webhook-signature']));
  return given.length === expected.length && timingSafeEqual(given, expected);
}
