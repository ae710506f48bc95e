import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type DeliveryStatus,
  deliveryEvents,
  nextStatus,
  statusAfterResend,
} from '../../src/domain/delivery.ts';

test('a first success delivers, a failure that may be retried waits, one that may not fails', () => {
  expect(nextStatus('pending', 'succeed')).toBe('delivered');
  expect(nextStatus('pending', 'postpone')).toBe('retrying');
  expect(nextStatus('pending', 'giveUp')).toBe('failed');
});

test('nothing leaves a finished state', () => {
  for (const event of deliveryEvents) {
    expect(nextStatus('delivered', event)).toBeNull();
    expect(nextStatus('failed', event)).toBeNull();
  }
});

test('a resend delivers what had failed when it succeeds, and takes nothing back when it fails', () => {
  expect(statusAfterResend('failed', true)).toBe('delivered');
  expect(statusAfterResend('delivered', true)).toBe('delivered');
  expect(statusAfterResend('failed', false)).toBe('failed');
  expect(statusAfterResend('delivered', false)).toBe('delivered');
});

test('whatever happens, a delivery is finished by its first success or surrender and stays so', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...deliveryEvents)), (events) => {
      let status: DeliveryStatus = 'pending';
      for (const event of events) status = nextStatus(status, event) ?? status;
      const final = events.find((event) => event !== 'postpone');
      const unfinished = events.length === 0 ? 'pending' : 'retrying';
      const finished = final === 'succeed' ? 'delivered' : 'failed';
      expect(status).toBe(final === undefined ? unfinished : finished);
    }),
  );
});
