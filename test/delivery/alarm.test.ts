import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Alarm, createAlarm } from '../../src/delivery/alarm.ts';

let rings: number;
let alarm: Alarm;

beforeEach(() => {
  vi.useFakeTimers();
  rings = 0;
  alarm = createAlarm(() => rings++);
});
afterEach(() => vi.useRealTimers());

test('set twice rings once, when it would have', () => {
  alarm.setIn(100);
  vi.advanceTimersByTime(50);
  alarm.setIn(100);
  vi.advanceTimersByTime(49);
  expect(rings).toBe(0);
  vi.advanceTimersByTime(1);
  expect(rings).toBe(1);
  vi.advanceTimersByTime(1000);
  expect(rings).toBe(1);
});

test('set again after it rang rings again', () => {
  alarm.setIn(100);
  vi.advanceTimersByTime(100);
  alarm.setIn(10);
  vi.advanceTimersByTime(10);
  expect(rings).toBe(2);
});

test('ended rings no more, set before or after', () => {
  alarm.setIn(100);
  alarm.end();
  alarm.setIn(100);
  vi.advanceTimersByTime(1000);
  expect(rings).toBe(0);
});
