/** Adds up what several processes counted: counters and histograms summed, gauges as each of them says. */
import { AggregatorRegistry } from 'prom-client';
import type { MetricsReport } from './metrics.ts';

/** In Prometheus' text form. */
export function renderTotal(reports: readonly MetricsReport[]): Promise<string> {
  return AggregatorRegistry.aggregate([...reports]).metrics();
}

/**
 * What an ended process leaves in the total. Without it the counters would fall, which to Prometheus is a restart of all:
 * it would count everything anew.
 */
export async function totalOfEnded(reports: readonly MetricsReport[]): Promise<MetricsReport> {
  const total = await AggregatorRegistry.aggregate([...reports]).getMetricsAsJSON();
  // The declared type is a number; the value is the name.
  return total.filter(({ type }) => ['counter', 'histogram'].includes(String(type)));
}
