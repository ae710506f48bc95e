import { beforeEach, describe, expect, test } from 'vitest';
import { type Breakers, createBreakers } from '../../src/delivery/breakers.ts';
import type { Lane } from '../../src/domain/lane.ts';

let now: number;
let breakers: Breakers;

beforeEach(() => {
  now = 1_000_000;
  breakers = createBreakers({ now: () => now });
});

const lane = (webhookId: string, isRetry = false): Lane => ({
  webhookId,
  accountId: 'account',
  isRetry,
  isFailing: false,
});

function fail(webhookId: string, times: number): void {
  for (let n = 0; n < times; n++) breakers.note(webhookId, false);
}

test('what succeeds now and then is not held back', () => {
  for (let n = 0; n < 20; n++) {
    fail('w', 9);
    expect([breakers.isOpen('w'), breakers.admit([lane('w')])]).toEqual([false, [lane('w')]]);
    breakers.note('w', true);
  }
  expect([...breakers.open()]).toEqual([]);
});

describe('after ten failures in a row', () => {
  beforeEach(() => fail('w', 10));

  test('the breaker is open, and others go on', () => {
    fail('other', 9);
    expect([...breakers.open()]).toEqual(['w']);
    expect([breakers.isOpen('w'), breakers.isOpen('other'), breakers.isOpen('new')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('an attempt may be made at once, and the next one 100 ms after it', () => {
    expect(breakers.admit([lane('w')])).toEqual([lane('w')]);
    breakers.hold('w', [lane('w'), lane('w', true)]);
    expect(breakers.admit([lane('w'), lane('other')])).toEqual([lane('other')]);
    expect([breakers.due(), breakers.dueInMs()]).toEqual([[], 100]);
    now += 99;
    expect(breakers.due()).toEqual([]);
    now += 1;
    expect(breakers.dueInMs()).toBe(0);
    expect(breakers.due()).toEqual([lane('w', true), lane('w')]);
    expect([breakers.due(), breakers.dueInMs()]).toEqual([[], null]);
  });

  test('a success gives back at once what was kept', () => {
    breakers.hold('w', [lane('w')]);
    breakers.note('w', true);
    expect([breakers.isOpen('w'), breakers.dueInMs(), breakers.due()]).toEqual([false, 0, [lane('w')]]);
  });

  test('it is forgotten when nobody has tried for a minute and nothing waits', () => {
    now += 60_000;
    expect([...breakers.open()]).toEqual(['w']);
    breakers.hold('w', [lane('w')]);
    now += 1;
    expect([...breakers.open()]).toEqual(['w']);
    now += 100;
    breakers.due();
    expect([...breakers.open(), breakers.isOpen('w')]).toEqual([false]);
  });
});

test('of a thousand webhooks that fail, the one that began first makes room for the next, and its lanes go on', () => {
  for (let n = 0; n < 1000; n++) fail(`w-${n}`, 10);
  breakers.hold('w-0', [lane('w-0')]);
  fail('next', 1);
  expect([breakers.isOpen('w-0'), breakers.isOpen('w-1'), breakers.due()]).toEqual([
    false,
    true,
    [lane('w-0')],
  ]);
});
