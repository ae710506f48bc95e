import { Counter, Gauge, Registry } from 'prom-client';
import { afterEach, expect, test, vi } from 'vitest';
import { createChildMetrics } from '../../src/cli/child-metrics.ts';

afterEach(() => vi.useRealTimers());

/** A process with a counter, a gauge, and an ear for the question. */
function countingProcess() {
  const registry = new Registry();
  const events = new Counter({ name: 'events', help: 'e', labelNames: ['kind'], registers: [registry] });
  const open = new Gauge({ name: 'open', help: 'o', registers: [registry] });
  return { events, open, report: () => registry.getMetricsAsJSON(), answers: true };
}

function several(count: number) {
  const processes = Array.from({ length: count }, countingProcess);
  const serving = new Set(processes);
  const metrics = createChildMetrics(serving, async (asked, round) => {
    if (asked.answers) metrics.counted(asked, round, await asked.report());
  });
  const [first, second] = processes;
  if (first === undefined || second === undefined) throw new Error('there must be two');
  const end = (ended: typeof first) => {
    serving.delete(ended);
    metrics.ended(ended);
  };
  return { first, second, metrics, end };
}

test('counters and gauges of all processes are added up', async () => {
  const { first, second, metrics } = several(2);
  first.events.inc({ kind: 'new' }, 3);
  second.events.inc({ kind: 'new' }, 4);
  second.events.inc({ kind: 'old' }, 1);
  first.open.set(2);
  second.open.set(5);
  const total = await metrics.total();
  expect(total).toContain('events{kind="new"} 7\n');
  expect(total).toContain('events{kind="old"} 1\n');
  expect(total).toContain('open 7\n');
});

test('what an ended process counted stays in the total, what it held does not', async () => {
  const { first, second, metrics, end } = several(3);
  for (const one of [first, second]) {
    one.events.inc({ kind: 'new' }, 10);
    one.open.set(1);
  }
  await metrics.total();
  end(first);
  end(second);
  const total = await metrics.total();
  expect(total).toContain('events{kind="new"} 20\n');
  expect(total).toContain('open 0\n');
});

test('a process that is too busy to answer counts with what it said last', async () => {
  const { first, second, metrics } = several(2);
  first.events.inc({ kind: 'new' }, 1);
  second.events.inc({ kind: 'new' }, 1);
  await metrics.total();
  vi.useFakeTimers();
  second.answers = false;
  first.events.inc({ kind: 'new' }, 5);
  const total = metrics.total();
  await vi.advanceTimersByTimeAsync(2000);
  expect(await total).toContain('events{kind="new"} 7\n');
});

test('a process that ends instead of answering is not waited for', async () => {
  const { first, second, metrics, end } = several(2);
  vi.useFakeTimers();
  second.answers = false;
  first.events.inc({ kind: 'new' }, 5);
  const total = metrics.total();
  end(second);
  expect(await total).toContain('events{kind="new"} 5\n');
});
