import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { createSlots, type Slots } from '../../src/delivery/slots.ts';
import type { LeasedDelivery } from '../../src/domain/delivery.ts';
import type { Lane } from '../../src/domain/lane.ts';
import { aLeasedDelivery } from '../support/deliveries.ts';

let now: number;
let slots: Slots;
const clock = { now: () => now };

beforeEach(() => {
  now = 1_000_000;
  slots = createSlots({ max: 512, maxPerWebhook: 32, clock });
});

const healthy = (webhookId: string) => ({ webhookId, isRetry: false, isFailing: false });
const roomFor = (lane: Pick<Lane, 'webhookId' | 'isRetry' | 'isFailing'>) => slots.sharing()(lane, 1000);
const failing = (webhookId: string) => ({ webhookId, isRetry: false, isFailing: true });
const retries = (webhookId: string) => ({ webhookId, isRetry: true, isFailing: false });

function take(webhookId: string, count: number, isFailing = false): LeasedDelivery[] {
  const taken = Array.from({ length: count }, () => aLeasedDelivery({ webhookId }));
  for (const delivery of taken) expect(slots.take(delivery, isFailing)).toBe(true);
  return taken;
}

/** They have answered once, quickly. */
function quick(...webhookIds: readonly string[]): void {
  for (const webhookId of webhookIds) {
    for (const delivery of take(webhookId, 1)) {
      slots.answered(delivery);
      slots.release(delivery);
    }
  }
}

describe('the share of a webhook', () => {
  beforeEach(() => quick('w'));

  test('is its cap while many slots are free, and shrinks with them to one', () => {
    expect([slots.share, roomFor(healthy('w'))]).toEqual([32, 32]);
    for (let webhook = 0; webhook < 14; webhook++) take(`busy-${webhook}`, 32);
    expect([slots.free, slots.share]).toEqual([64, 16]);
    for (let webhook = 0; webhook < 3; webhook++) take(`more-${webhook}`, 20);
    expect([slots.free, slots.share, roomFor(healthy('w'))]).toEqual([4, 1, 1]);
  });

  test('is less what it holds, until that is answered', () => {
    const [first] = take('w', 20);
    if (first === undefined) throw new Error('nothing was taken');
    expect(roomFor(healthy('w'))).toBe(12);
    expect(slots.heldBy('w')).toBe(20);
    slots.answered(first);
    expect(roomFor(healthy('w'))).toBe(13);
    slots.release(first);
    expect([slots.inFlight, slots.heldBy('w')]).toEqual([19, 19]);
  });

  test('is nothing when nothing is free', () => {
    for (let webhook = 0; webhook < 16; webhook++) take(`busy-${webhook}`, 32);
    expect([slots.free, roomFor(healthy('w')), roomFor(failing('w'))]).toEqual([0, 0, 0]);
  });
});

describe('what is doubtful', () => {
  test('gets half of all slots together, and leaves the other half to first attempts', () => {
    for (let webhook = 0; webhook < 100; webhook++)
      take(`w-${webhook}`, roomFor(failing(`w-${webhook}`)), true);
    expect(slots.inFlight).toBe(256);
    quick('healthy');
    expect(roomFor(healthy('healthy'))).toBe(32);
  });

  test.each([
    [0, 16],
    [250, 6],
  ])('is granted little at a time: with %i slots taken by it, %i', (taken, expected) => {
    quick('healthy');
    take('failing', taken, true);
    const grant = slots.sharing();
    const granted = Array.from({ length: 500 }, (_, n) =>
      grant(n % 2 === 0 ? failing(`w-${n}`) : retries(`w-${n}`), 1),
    );
    expect(granted.reduce((sum, size) => sum + size, 0)).toBe(expected);
    expect(grant(healthy('healthy'), 100)).toBe(32);
  });

  test('is a retry, whatever its webhook', () => {
    quick('other', 'w-0');
    for (let webhook = 0; webhook < 8; webhook++) {
      for (let n = 0; n < 32; n++)
        slots.take(aLeasedDelivery({ webhookId: `w-${webhook}`, attempts: 1 }), false);
    }
    expect(roomFor(retries('other'))).toBe(0);
    expect(roomFor(healthy('other'))).toBe(32);
    expect(roomFor(healthy('w-0'))).toBe(0);
  });

  test('is a webhook whose attempts hang, from the first second on, with what it holds already', () => {
    quick('hanging-0', 'hanging-14');
    for (let webhook = 0; webhook < 13; webhook++) take(`hanging-${webhook}`, 32);
    now += 1001;
    slots.noteSlow();
    expect(roomFor(healthy('hanging-0'))).toBe(0);
    expect(roomFor(healthy('hanging-14'))).toBe(24);
    expect(roomFor(failing('other'))).toBe(0);
    expect(slots.holdings().get('hanging-0')).toBe(32);
  });

  test('is a webhook that answered slowly, until it answers quickly or a minute has passed', () => {
    const [first] = take('slow', 1);
    if (first === undefined) throw new Error('nothing was taken');
    now += 1500;
    slots.answered(first);
    slots.release(first);
    expect(slots.holdings()).toEqual(new Map([['slow', 32]]));
    now += 59_000;
    expect(slots.holdings()).toEqual(new Map([['slow', 32]]));
    const [second] = take('slow', 1);
    if (second === undefined) throw new Error('nothing was taken');
    now += 10;
    slots.answered(second);
    expect(slots.holdings()).toEqual(new Map());

    const [third] = take('slow', 1);
    if (third === undefined) throw new Error('nothing was taken');
    now += 1500;
    slots.answered(third);
    now += 60_001;
    slots.noteSlow();
    expect(slots.holdings()).toEqual(new Map());
  });
});

describe('a webhook that has not answered yet', () => {
  test('shares three quarters of all slots with what is doubtful: the last quarter is of those that answer', () => {
    quick('quick');
    for (let webhook = 0; webhook < 4; webhook++) take(`failing-${webhook}`, 32, true);
    for (let webhook = 0; webhook < 600; webhook++)
      take(`new-${webhook}`, Math.min(1, roomFor(healthy(`new-${webhook}`))));
    expect(slots.inFlight).toBe(384);
    expect([slots.freeToAny, roomFor(healthy('new')), roomFor(failing('other'))]).toEqual([0, 0, 0]);
    expect(roomFor(healthy('quick'))).toBe(32);
    now += 1001;
    slots.noteSlow();
    expect([roomFor(healthy('new')), roomFor(healthy('quick'))]).toEqual([0, 32]);
  });

  test('has all slots from its first quick answer on, with what it holds', () => {
    const answers = Array.from({ length: 12 }, (_, webhook) => take(`new-${webhook}`, 32)[0]);
    expect(roomFor(healthy('other'))).toBe(0);
    for (const delivery of answers) if (delivery !== undefined) slots.answered(delivery);
    expect(slots.freeToAny).toBe(128);
    expect(roomFor(healthy('other'))).toBe(32);
  });

  test('is also one that was slow a minute ago', () => {
    quick('w');
    const [slow] = take('w', 1);
    now += 1500;
    if (slow === undefined) throw new Error('nothing was taken');
    slots.answered(slow);
    now += 60_001;
    slots.release(slow);
    for (let webhook = 0; webhook < 12; webhook++) take(`new-${webhook}`, 32);
    expect(roomFor(healthy('w'))).toBe(0);
  });

  test('is also one of which more than twenty thousand others have answered since', () => {
    quick('w');
    const others = Array.from({ length: 20_001 }, (_, webhook) => `other-${webhook}`);
    quick(...others.slice(0, 10_000));
    for (let webhook = 0; webhook < 12; webhook++) take(`new-${webhook}`, 32);
    expect(roomFor(healthy('w'))).toBe(32);
    quick(...others.slice(10_000));
    expect([roomFor(healthy('w')), roomFor(healthy('other-20000'))]).toEqual([0, 32]);
  });

  test('finds no more room than is left by what is reserved', () => {
    slots.reserve(300);
    expect([slots.freeToAny, slots.reserve(slots.freeToAny), slots.freeToAny]).toEqual([84, 84, 0]);
  });
});

describe('slots', () => {
  test('that are reserved are free for nobody until they are given back', () => {
    expect(slots.reserve(500)).toBe(500);
    expect(slots.reserve(500)).toBe(12);
    expect([slots.free, slots.inFlight, roomFor(healthy('w'))]).toEqual([0, 0, 0]);
    slots.cancel(500);
    expect(slots.free).toBe(500);
  });

  test('are taken once by a delivery, whichever lease it comes with, and released once', () => {
    const delivery = aLeasedDelivery({ webhookId: 'w' });
    expect(slots.take(delivery, false)).toBe(true);
    expect(slots.take({ ...delivery, lease: randomUUID() }, false)).toBe(false);
    slots.release(delivery);
    slots.release(delivery);
    expect([slots.inFlight, slots.heldBy('w'), slots.free]).toEqual([0, 0, 512]);
  });

  test('tell whose lease is so old, also when it is answered but not recorded, and no longer once it is renewed', () => {
    const [old] = take('w', 1);
    now += 1000;
    const [young] = take('w', 1);
    if (old === undefined || young === undefined) throw new Error('nothing was taken');
    slots.answered(old);
    expect(slots.unrecorded).toBe(1);
    expect(slots.leasedFor(1000)).toEqual([old]);
    expect(slots.all()).toEqual([old, young]);
    slots.renewed([old], now);
    now += 999;
    expect(slots.leasedFor(1000)).toEqual([]);
    now += 1;
    expect(slots.leasedFor(1000)).toEqual([old, young]);
    slots.release(old);
    slots.release(young);
    slots.renewed([old], now);
    expect([slots.unrecorded, slots.inFlight]).toEqual([0, 0]);
  });

  test('are never more than there are, and all free in the end, whatever happens', () => {
    const event = fc.record({
      kind: fc.constantFrom('take', 'take', 'answer', 'release', 'wait'),
      webhook: fc.integer({ min: 0, max: 12 }),
      attempts: fc.integer({ min: 0, max: 1 }),
      isFailing: fc.boolean(),
      pick: fc.nat(),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.array(event, { maxLength: 300 }), (max, events) => {
        const few = createSlots({ max, maxPerWebhook: 5, clock });
        for (const { kind, webhook, attempts, isFailing, pick } of events) {
          const held = few.all();
          const one = held[pick % Math.max(1, held.length)];
          if (kind === 'take') {
            const lane = { webhookId: `w-${webhook}`, isRetry: attempts > 0, isFailing };
            const room = few.sharing()(lane, 100);
            expect(room).toBeLessThanOrEqual(few.free);
            for (let n = 0; n < room; n++) few.take(aLeasedDelivery({ ...lane, attempts }), isFailing);
          } else if (kind === 'wait') {
            now += pick % 5000;
            few.noteSlow();
          } else if (one !== undefined) {
            if (kind === 'answer' && few.heldBy(one.webhookId) > 0 && pick % 2 === 0) few.answered(one);
            few.release(one);
          }
          expect(few.inFlight).toBeLessThanOrEqual(max);
          expect(few.free).toBe(max - few.inFlight);
          expect(few.freeToAny).toBeLessThanOrEqual(few.free);
          for (const { webhookId } of few.all()) expect(few.heldBy(webhookId)).toBeLessThanOrEqual(5);
        }
        for (const delivery of few.all()) few.release(delivery);
        expect([few.inFlight, few.free]).toEqual([0, max]);
        now += 100_000;
        few.noteSlow();
        expect(few.holdings()).toEqual(new Map());
        const shareOfDoubtful = Math.max(1, Math.floor(Math.max(1, Math.floor(max / 2)) / 4));
        expect(few.sharing()(retries('w-0'), 100)).toBe(Math.min(5, shareOfDoubtful));
      }),
    );
  });
});
