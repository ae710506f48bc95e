/** Publishes as fast as the service takes it, and measures until the last delivery is received. */
import type { Bench } from './bench.ts';
import { type Customer, createCustomers } from './customers.ts';
import type { Deployment } from './deployment.ts';
import { platformKey } from './service.ts';
import { type Cost, costOf } from './usage.ts';

export interface Publishing {
  readonly name: string;
  readonly eventsPerRequest: number;
  readonly connections: number;
}

export const inBatches: Publishing = { name: 'batches of 50', eventsPerRequest: 50, connections: 8 };
export const oneByOne: Publishing = { name: 'one by one', eventsPerRequest: 1, connections: 64 };

export interface Saturation {
  readonly customers: readonly Customer[];
  /** Webhooks of each customer. */
  readonly fanOut: number;
  readonly events: number;
  readonly payloadBytes: number;
  readonly publishing: Publishing;
}

export interface Saturated {
  /** Deliveries a second, from the first request to the last receipt. */
  readonly perSecond: number;
  /** Of one delivery; until it is recorded. */
  readonly cost: Cost;
  /** Requests that were answered 503 and sent again. */
  readonly refusals: number;
  /** Deliveries that arrived; at `/distinct` each counts once. */
  readonly arrived: number;
  /** Deliveries that came to `/distinct` again; 0 for other endpoints. */
  readonly repeated: number;
}

export interface SaturatedBesideBare extends Saturated {
  readonly ofBare: number;
}

const quietMsMax = 60_000;

export async function saturate(
  { receiver, load }: Bench,
  deployment: Deployment,
  { customers, fanOut, events, payloadBytes, publishing }: Saturation,
): Promise<Saturated> {
  const deliveries = events * fanOut;
  await receiver.call('expect', { count: deliveries, quietMsMax });
  const before = await deployment.usage();
  const { startedAt, refusals } = await load.call('publishAsFastAsPossible', {
    origins: deployment.origins,
    platformKey,
    accountIds: customers.map(({ accountId }) => accountId),
    events,
    payloadBytes,
    eventsPerRequest: publishing.eventsPerRequest,
    connections: publishing.connections,
  });
  await receiver.call('arrivals', null);
  await deployment.settled();
  // What arrives again comes later than the last of all.
  const { lastAt, count: arrived, repeated } = await receiver.call('arrivals', null);
  const cost = costOf(before, await deployment.usage(), deliveries);
  return { perSecond: (deliveries / (lastAt - startedAt)) * 1000, cost, refusals, arrived, repeated };
}

/** The bare loop right before and right after; the ratio is to the mean of the two. */
export async function saturateBesideBare(
  bench: Bench,
  deployment: Deployment,
  saturation: Saturation,
): Promise<SaturatedBesideBare> {
  const bareBefore = await bench.bareRate(saturation.payloadBytes);
  const run = await saturate(bench, deployment, saturation);
  const bareAfter = await bench.bareRate(saturation.payloadBytes);
  return { ...run, ofBare: run.perSecond / ((bareBefore + bareAfter) / 2) };
}

/** Until the rate no longer rises, in two processes too; not fewer with --quick. */
const warmUps = [
  { publishing: inBatches, events: 10_000 },
  { publishing: oneByOne, events: 5000 },
];

/** Fifty accounts with a webhook each; publishes to them until the service is warm, in batches and one by one. */
export async function warmUp(bench: Bench, deployment: Deployment): Promise<Customer[]> {
  const customers = await createCustomers(deployment.origins[0], {
    accounts: 50,
    webhooksEach: 1,
    endpointUrl: `${bench.receiverOrigin}/ok`,
  });
  for (const each of warmUps) {
    await saturate(bench, deployment, { ...each, customers, fanOut: 1, payloadBytes: 300 });
  }
  return customers;
}
