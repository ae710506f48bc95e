/** Events at a given rate, whatever becomes of them, and the latencies that the receiver and the publisher saw. */
import type { Bench } from './bench.ts';
import { type Customer, createCustomers } from './customers.ts';
import type { Deployment } from './deployment.ts';
import { msText } from './figures.ts';
import type { Percentiles } from './percentiles.ts';
import { platformKey } from './service.ts';

export interface Offer {
  readonly customers: readonly Customer[];
  readonly eventsPerSecond: number;
  readonly seconds: number;
}

export interface Offered {
  /** From just before the request to the receipt, in milliseconds. */
  readonly latency: Percentiles;
  /** Until the 202, in milliseconds. */
  readonly answers: Percentiles;
  /** Requests that were answered 503 and sent again. */
  readonly refusals: number;
}

const quietMsMax = 60_000;

export async function offer(
  { receiver, load }: Bench,
  deployment: Deployment,
  { customers, eventsPerSecond, seconds }: Offer,
): Promise<Offered> {
  const events = Math.ceil(eventsPerSecond * seconds);
  await receiver.call('expect', { count: events, quietMsMax });
  const { answers, refusals } = await load.call('publishAtRate', {
    origin: deployment.origins[0],
    platformKey,
    accountIds: customers.map(({ accountId }) => accountId),
    events,
    payloadBytes: 300,
    eventsPerSecond,
  });
  const { latency } = await receiver.call('arrivals', null);
  return { latency, answers, refusals };
}

/** Fifty accounts with a webhook each whose latency is taken. */
export function createTimedCustomers(bench: Bench, deployment: Deployment): Promise<Customer[]> {
  const endpointUrl = `${bench.receiverOrigin}/timed`;
  return createCustomers(deployment.origins[0], { accounts: 50, webhooksEach: 1, endpointUrl });
}

export function latencyText({ p50, p95, p99 }: Percentiles): string {
  return `p50 ${msText(p50)}, p95 ${msText(p95)}, p99 ${msText(p99)}`;
}
