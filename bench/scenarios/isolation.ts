/**
 * Whether a webhook costs only itself: the latency of healthy webhooks alone, and beside others that hang, are slow or
 * fail, each of them with a long backlog.
 */
import type { Bench } from '../bench.ts';
import { type Customer, createCustomers } from '../customers.ts';
import type { Deployment, ServerDeployment } from '../deployment.ts';
import { atMost } from '../figures.ts';
import { createTimedCustomers, latencyText, type Offered, offer } from '../offer.ts';
import { type Build, isWanted, type Options } from '../options.ts';
import type { Program } from '../program.ts';
import { type ReceiverCalls, startReceiver } from '../receiver.ts';
import type { Scenario } from '../scenario.ts';
import { seedBacklog } from '../seeding.ts';

interface Neighbours {
  readonly name: string;
  /** What their endpoints do. */
  readonly path: string;
}

const cases: readonly Neighbours[] = [
  { name: 'webhooks that hang', path: '/hang' },
  { name: 'webhooks that take a second', path: '/slow/1000' },
  { name: 'webhooks that fail', path: '/fail/500' },
];

/** One neighbour each, so that they hang for times of every length. */
const timeoutsSeconds = [5, 15, 30, 60, 120];
const pendingEach = 50_000;
const offered = { eventsPerSecond: 200, seconds: 12 };
const warmUpOffer = { eventsPerSecond: 500, seconds: 3 };
/** Unmeasured: that 50,000 deliveries to each neighbour appear in one instant is the doing of the benchmark. */
const settlingOffer = { eventsPerSecond: 200, seconds: 2 };
const goal = 1.25;
const quietMsMax = 60_000;

export const isolation: Scenario = {
  name: 'isolation',
  summary:
    'latency of healthy webhooks beside webhooks that hang, are slow or fail, each with 50,000 pending',
  rows: (options) => casesOf(options).length * options.builds.length,
  async run(bench) {
    const wanted = casesOf(bench.options);
    const receiver = startReceiver();
    const { origin } = await receiver.call('listen', null);
    for (const each of wanted) {
      for (const build of bench.options.builds) {
        report(bench, build, each, await measure(bench, build, each, { receiver, origin }));
      }
    }
    await receiver.stop();
  },
};

function casesOf(options: Options): Neighbours[] {
  return cases.filter((each) => isWanted(conditionsOf(each), options));
}

function conditionsOf({ name }: Neighbours): string {
  return `PostgreSQL, 200/s beside ${name}`;
}

/** Where the neighbours' events go: in a process of its own, so as not to delay the healthy. */
interface BadEndpoints {
  readonly receiver: Program<ReceiverCalls>;
  readonly origin: string;
}

interface Measured {
  readonly alone: Offered;
  readonly beside: Offered;
}

/** Alone and then beside the neighbours, on one deployment and within a minute: a busy machine changes from minute to minute. */
async function measure(
  bench: Bench,
  build: Build,
  neighbours: Neighbours,
  endpoints: BadEndpoints,
): Promise<Measured> {
  const settings = { POSTHORN_AUTO_DISABLE_AFTER: '0' };
  const deployment = await bench.deployOnServer({ build, settings });
  const customers = await createTimedCustomers(bench, deployment);
  await offer(bench, deployment, { customers, ...warmUpOffer });
  const alone = await offer(bench, deployment, { customers, ...offered });
  bench.say(`isolation, alone: ${latencyText(alone.latency)}`);
  await startTrouble(bench, deployment, neighbours, endpoints);
  await offer(bench, deployment, { customers, ...settlingOffer });
  const beside = await offer(bench, deployment, { customers, ...offered });
  await deployment.stop();
  return { alone, beside };
}

/** Resolves when the first of the backlog has arrived. */
async function startTrouble(
  bench: Bench,
  deployment: ServerDeployment,
  { path }: Neighbours,
  { receiver, origin }: BadEndpoints,
): Promise<void> {
  const customers = await createNeighbours(deployment, `${origin}${path}`);
  const count = bench.scaled(pendingEach * customers.length);
  await receiver.call('expect', { count: 1, quietMsMax });
  await seedBacklog(deployment.client, { customers, count, seconds: 60 });
  await receiver.call('arrivals', null);
}

async function createNeighbours(deployment: Deployment, endpointUrl: string): Promise<Customer[]> {
  const customers = timeoutsSeconds.map((timeoutSeconds) =>
    createCustomers(deployment.origins[0], { accounts: 1, webhooksEach: 1, endpointUrl, timeoutSeconds }),
  );
  return (await Promise.all(customers)).flat();
}

function report(bench: Bench, build: Build, each: Neighbours, { alone, beside }: Measured): void {
  const ratio = beside.latency.p99 / alone.latency.p99;
  bench.report({
    scenario: 'isolation',
    conditions: conditionsOf(each),
    build: build.name,
    result: `${latencyText(beside.latency)}; alone ${latencyText(alone.latency)}: p99 ${ratio.toFixed(2)} ×`,
    ofBare: '',
    cost: '',
    goal: atMost(goal, ' ×', ratio),
  });
}
