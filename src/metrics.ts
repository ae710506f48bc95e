/** What the service counts and measures, in Prometheus' text form. Label sets are bounded: no ids. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { AttemptOutcome } from './domain/delivery.ts';
import type { PublishedEvent } from './domain/event.ts';

/** All that one process counted, in a form that can be sent to another: metrics-total.ts adds it up. */
export type MetricsReport = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

export interface Metrics {
  published(events: readonly PublishedEvent[]): void;
  attempted(outcome: AttemptOutcome): void;
  report(): Promise<MetricsReport>;
  readonly contentType: string;
  render(): Promise<string>;
}

const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const outcomeNames = { succeed: 'delivered', postpone: 'retrying', giveUp: 'failed' } as const;

export function createMetrics(inFlight: () => number): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const events = new Counter({
    name: 'posthorn_events_published_total',
    help: 'Events acknowledged; kind is new or duplicate',
    labelNames: ['kind'],
    registers: [registry],
  });
  const deliveries = new Counter({
    name: 'posthorn_deliveries_created_total',
    help: 'Deliveries made by publishing',
    registers: [registry],
  });
  const attempts = new Counter({
    name: 'posthorn_attempts_total',
    help: 'Recorded attempts by what became of the delivery: delivered, retrying, failed',
    labelNames: ['outcome'],
    registers: [registry],
  });
  // A counter that does not exist until it counts cannot be seen to stand still.
  for (const outcome of ['delivered', 'retrying', 'failed']) attempts.inc({ outcome }, 0);
  const durations = new Histogram({
    name: 'posthorn_attempt_duration_seconds',
    help: 'Duration of an attempt from look-up to the last byte of the response',
    buckets: durationBuckets,
    registers: [registry],
  });
  new Gauge({
    name: 'posthorn_processes',
    help: 'Processes that were counted for these figures',
    registers: [registry],
  }).set(1);
  new Gauge({
    name: 'posthorn_deliveries_in_flight',
    help: 'Deliveries claimed and not yet recorded',
    registers: [registry],
    collect() {
      this.set(inFlight());
    },
  });

  return {
    published(published) {
      const duplicates = published.filter(({ duplicate }) => duplicate).length;
      events.inc({ kind: 'new' }, published.length - duplicates);
      events.inc({ kind: 'duplicate' }, duplicates);
      deliveries.inc(published.reduce((sum, event) => sum + (event.duplicate ? 0 : event.deliveries), 0));
    },
    attempted({ event, durationMs }) {
      attempts.inc({ outcome: outcomeNames[event] });
      durations.observe(durationMs / 1000);
    },
    report: () => registry.getMetricsAsJSON(),
    contentType: registry.contentType,
    render: () => registry.metrics(),
  };
}
