import { describe, expect, test } from 'vitest';
import {
  type DeliveryStats,
  latencyBoundsMs,
  latencyOf,
  noDeliveries,
  successRate,
  sumOf,
} from '../../src/domain/delivery-stats.ts';

/** Deliveries whose last attempts took so long. */
function timed(durationsMs: readonly number[], delivered = durationsMs.length): DeliveryStats {
  return {
    delivered,
    failed: durationsMs.length - delivered,
    timed: durationsMs.length,
    withinBounds: latencyBoundsMs.map((bound) => durationsMs.filter((ms) => ms <= bound).length),
  };
}

describe('the success rate', () => {
  test('is the part that was delivered', () => {
    expect(successRate(timed([1, 2, 3, 4], 3))).toBe(0.75);
    expect(successRate(timed([1], 0))).toBe(0);
    expect(successRate(timed([1]))).toBe(1);
  });

  test('is unknown when nothing was finished', () => {
    expect(successRate(noDeliveries)).toBeNull();
  });
});

describe('the latency', () => {
  test('is unknown when no attempt was timed, whatever failed', () => {
    expect(latencyOf(noDeliveries)).toBeNull();
    expect(latencyOf({ ...noDeliveries, failed: 3 })).toBeNull();
  });

  test('is interpolated between two bounds', () => {
    // A hundred between 100 and 250 ms: the 50th is half of the way, the 99th hardly below the end.
    const stats = timed(Array.from({ length: 100 }, () => 200));
    expect(latencyOf(stats)).toEqual({ p50: 175, p95: 243, p99: 249 });
  });

  test('is that of the slow ones from their share on', () => {
    const stats = timed([...Array.from({ length: 95 }, () => 5), ...Array.from({ length: 5 }, () => 4000)]);
    expect(latencyOf(stats)).toEqual({ p50: 5, p95: 10, p99: 4500 });
  });

  test('takes what is beyond the last bound for as long as that', () => {
    expect(latencyOf(timed([500_000]))).toEqual({ p50: 120_000, p95: 120_000, p99: 120_000 });
  });

  test('never leaves the two bounds between which an attempt was', () => {
    for (const [index, bound] of latencyBoundsMs.entries()) {
      const below = latencyBoundsMs[index - 1] ?? 0;
      const { p50, p95, p99 } = latencyOf(timed([bound])) ?? { p50: -1, p95: -1, p99: -1 };
      for (const value of [p50, p95, p99]) {
        expect(value).toBeGreaterThanOrEqual(below);
        expect(value).toBeLessThanOrEqual(bound);
      }
    }
  });
});

describe('a sum', () => {
  test('of nothing is nothing', () => {
    expect(sumOf([])).toEqual(noDeliveries);
  });

  test('tells the same as all of them together', () => {
    const [first, second] = [
      [3, 30, 300],
      [40, 40_000, 400_000],
    ];
    expect(sumOf([timed(first ?? []), timed(second ?? [])])).toEqual(
      timed([...(first ?? []), ...(second ?? [])]),
    );
  });
});
