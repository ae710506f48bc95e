/**
 * Whether a webhook costs only itself: the latency of healthy webhooks alone, and beside others that hang, are slow or
 * fail, each of them with a long backlog.
 */
import type { Bench } from '../bench.ts';
import { type Customer, createCustomers } from '../customers.ts';
import type { Deployment, ServerDeployment } from '../deployment.ts';
import { atMost, msText } from '../figures.ts';
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

const alone: Neighbours = { name: 'alone', path: '' };
const cases: readonly Neighbours[] = [
  { name: 'webhooks that hang', path: '/hang' },
  { name: 'webhooks that take a second', path: '/slow/1000' },
  { name: 'webhooks that fail', path: '/fail/500' },
];

/** One neighbour each, so that they hang for times of every length. */
const timeoutsSeconds = [5, 15, 30, 60, 120];
const pendingEach = 50_000;
const offered = { eventsPerSecond: 200, seconds: 8 };
/** The same, unmeasured: that 50,000 deliveries to each neighbour appear in one instant is the doing of the benchmark. */
const settlingOffer = { eventsPerSecond: 200, seconds: 2 };
const warmUpOffer = { eventsPerSecond: 500, seconds: 3 };
/** A 99th percentile of a few seconds is noisy: everything is measured in turn, and again. */
const rounds = 2;
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
    for (const build of bench.options.builds) {
      const results = new Map<Neighbours, Offered[]>();
      for (let round = 1; round <= rounds; round++) {
        for (const each of [alone, ...wanted]) {
          const measured = await measure(bench, build, each, { receiver, origin });
          results.set(each, [...(results.get(each) ?? []), measured]);
          bench.say(`isolation, ${each.name}, round ${round} of ${rounds}: ${latencyText(measured.latency)}`);
        }
      }
      for (const each of wanted) report(bench, build, each, results);
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

async function measure(
  bench: Bench,
  build: Build,
  neighbours: Neighbours,
  endpoints: BadEndpoints,
): Promise<Offered> {
  const settings = { POSTHORN_AUTO_DISABLE_AFTER: '0' };
  const deployment = await bench.deployOnServer({ build, settings });
  const customers = await createTimedCustomers(bench, deployment);
  await offer(bench, deployment, { customers, ...warmUpOffer });
  if (neighbours !== alone) await startTrouble(bench, deployment, neighbours, endpoints);
  await offer(bench, deployment, { customers, ...settlingOffer });
  const result = await offer(bench, deployment, { customers, ...offered });
  await deployment.stop();
  return result;
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

function report(
  bench: Bench,
  build: Build,
  each: Neighbours,
  results: ReadonlyMap<Neighbours, readonly Offered[]>,
): void {
  const p99sOf = (neighbours: Neighbours) =>
    (results.get(neighbours) ?? []).map(({ latency }) => latency.p99);
  const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [beside, without] = [p99sOf(each), p99sOf(alone)];
  const ratio = meanOf(beside) / meanOf(without);
  const all = (values: readonly number[]) => values.map(msText).join(' and ');
  bench.report({
    scenario: 'isolation',
    conditions: conditionsOf(each),
    build: build.name,
    result: `p99 ${all(beside)}; alone ${all(without)}: ${ratio.toFixed(2)} ×`,
    ofBare: '',
    cost: '',
    goal: atMost(goal, ' ×', ratio),
  });
}
