import { beforeEach, expect, test } from 'vitest';
import { type Breakers, createBreakers } from '../../src/delivery/breakers.ts';

let now: number;
let breakers: Breakers;

beforeEach(() => {
  now = 1_000_000;
  breakers = createBreakers({ now: () => now });
});

function fail(webhookId: string, times: number): void {
  for (let n = 0; n < times; n++) breakers.note(webhookId, false);
}

test('what succeeds now and then is not held back', () => {
  for (let n = 0; n < 20; n++) {
    fail('w', 9);
    expect(breakers.allow('w', 32)).toBe(32);
    breakers.note('w', true);
  }
  expect([...breakers.open()]).toEqual([]);
});

test('after ten failures in a row one attempt is allowed every 100 ms, until one succeeds', () => {
  fail('w', 10);
  expect([...breakers.open()]).toEqual(['w']);
  expect([breakers.allow('w', 32), breakers.allow('w', 32)]).toEqual([1, 0]);
  now += 99;
  expect(breakers.allow('w', 32)).toBe(0);
  now += 1;
  expect([breakers.allow('w', 32), breakers.allow('w', 32)]).toEqual([1, 0]);
  fail('w', 1);
  expect(breakers.allow('w', 32)).toBe(0);
  breakers.note('w', true);
  expect([breakers.allow('w', 32), [...breakers.open()]]).toEqual([32, []]);
});

test('others go on', () => {
  fail('w', 10);
  fail('other', 9);
  expect([breakers.allow('other', 32), breakers.allow('new', 32)]).toEqual([32, 32]);
});

test('of ten thousand webhooks that fail, the one that began first makes room for the next', () => {
  for (let n = 0; n < 10_000; n++) fail(`w-${n}`, 10);
  fail('w-0', 1);
  fail('next', 1);
  now += 100;
  expect([breakers.allow('w-0', 32), breakers.allow('w-1', 32), breakers.allow('w-1', 32)]).toEqual([
    32, 1, 0,
  ]);
});
