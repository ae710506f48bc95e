import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { retryDelayMs } from '../../src/domain/retry-schedule.ts';

const standard = {
  schedule: [60, 120, 240, 480, 960],
  jitter: 0.1,
  retryNumber: 1,
  retryAfter: null,
  nowMs: Date.UTC(2026, 0, 15, 10, 35, 0),
  fraction: 0,
};
const delays = (schedule: readonly number[], count: number) =>
  Array.from({ length: count }, (_, index) =>
    retryDelayMs({ ...standard, schedule, retryNumber: index + 1 }),
  );

describe('retry schedule', () => {
  test('the waits are those of the schedule, and beyond its end they double to one hour', () => {
    expect(delays(standard.schedule, 8)).toEqual([
      60_000, 120_000, 240_000, 480_000, 960_000, 1_920_000, 3_600_000, 3_600_000,
    ]);
  });

  test('a schedule that ends above one hour stays at its end', () => {
    expect(delays([7200], 3)).toEqual([7_200_000, 7_200_000, 7_200_000]);
  });

  test('an empty schedule starts at one minute', () => {
    expect(delays([], 3)).toEqual([60_000, 120_000, 240_000]);
  });

  test('fractions of a second are allowed', () => {
    expect(delays([0.25, 0.5], 3)).toEqual([250, 500, 1000]);
  });

  test('jitter adds at most its share of the wait', () => {
    expect(retryDelayMs({ ...standard, fraction: 0.5 })).toBe(63_000);
    expect(retryDelayMs({ ...standard, fraction: 1 })).toBe(66_000);
    expect(retryDelayMs({ ...standard, jitter: 0, fraction: 1 })).toBe(60_000);
  });

  test.each([
    ['seconds', '90', 90_000],
    ['fewer seconds than the step', '5', 60_000],
    ['more than one hour', '86400', 3_600_000],
    ['a number beyond all bounds', '9'.repeat(400), 3_600_000],
    ['a date', 'Thu, 15 Jan 2026 10:40:00 GMT', 300_000],
    ['a date in the form of RFC 850', 'Thursday, 15-Jan-26 10:40:00 GMT', 300_000],
    ['a date in the form of asctime', 'Thu Jan 15 10:40:00 2026', 300_000],
    ['a date that has passed', 'Thu, 15 Jan 2026 10:30:00 GMT', 60_000],
    ['a date years away', 'Fri, 15 Jan 2027 10:30:00 GMT', 3_600_000],
    ['a fraction', '90.5', 60_000],
    ['a negative number', '-90', 60_000],
    ['an ISO date, which HTTP does not know', '2026-01-15T10:40:00Z', 60_000],
    ['a day that is none', 'Xyz, 99 Foo 2026 10:40:00 GMT', 60_000],
    ['words', 'in a minute', 60_000],
    ['nothing', '', 60_000],
  ])('Retry-After as %s', (_form, retryAfter, expected) => {
    expect(retryDelayMs({ ...standard, retryAfter })).toBe(expected);
  });

  test('a delay is whole, never shorter than its step, and never longer than the step with jitter or one hour', () => {
    const retryAfter = fc.oneof(
      fc.constant(null),
      fc.nat({ max: 10_000 }).map(String),
      fc.string(),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    );
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 3600, noNaN: true }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 12 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        retryAfter,
        (schedule, retryNumber, jitter, fraction, header) => {
          const request = {
            schedule,
            jitter,
            retryNumber,
            retryAfter: header,
            nowMs: standard.nowMs,
            fraction,
          };
          const stepMs = retryDelayMs({ ...request, jitter: 0, retryAfter: null });
          const delay = retryDelayMs(request);
          expect(Number.isInteger(delay)).toBe(true);
          expect(delay).toBeGreaterThanOrEqual(stepMs);
          expect(delay).toBeLessThanOrEqual(Math.max(Math.ceil(stepMs * (1 + jitter)), 3_600_000));
        },
      ),
    );
  });
});
