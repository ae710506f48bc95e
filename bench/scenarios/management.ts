/** How fast customers see their webhooks and their log when there are many of both. */
import { Client } from 'undici';
import type { Bench } from '../bench.ts';
import { type Customer, createCustomers } from '../customers.ts';
import type { ServerDeployment } from '../deployment.ts';
import { atMost, msText } from '../figures.ts';
import { isWanted, type Options } from '../options.ts';
import { type Percentiles, percentilesOf } from '../percentiles.ts';
import type { Scenario } from '../scenario.ts';
import { seedLog, seedWebhooks } from '../seeding.ts';

const webhooks = 10_000;
const logRows = 5_000_000;
const logDays = 5;
const requests = { most: 100, atLeast: 10, untilMs: 4000 };

interface Case {
  readonly name: string;
  /** After `/v3/webhooks`. */
  readonly path: (webhookId: string) => string;
  /** The most that p99 may be, in milliseconds. */
  readonly goal: number | null;
}

const cases: readonly Case[] = [
  { name: 'webhooks, page 1', path: () => '', goal: null },
  { name: 'webhooks, search', path: () => '?search=shop%209999', goal: null },
  { name: 'log, page 1 with total', path: (id) => `/${id}/events`, goal: 50 },
  { name: 'log, page 100', path: (id) => `/${id}/events?page=100`, goal: null },
  { name: 'log, failed ones', path: (id) => `/${id}/events?status=failed`, goal: null },
  { name: 'log, search by event name', path: (id) => `/${id}/events?search=failed`, goal: null },
  {
    name: 'log, search by id',
    path: (id) => `/${id}/events?search=019bc14a-0e80-7000-8000-000000000003`,
    goal: null,
  },
];

export const management: Scenario = {
  name: 'management',
  summary:
    'list, log page and log search with 10,000 webhooks in one account and 5 million log rows of one webhook',
  rows: (options) => casesOf(options).length * options.builds.length,
  async run(bench) {
    for (const build of bench.options.builds) {
      const deployment = await bench.deployOnServer({ build });
      const customer = await seed(bench, deployment);
      for (const each of casesOf(bench.options)) await measure(bench, deployment, customer, each);
      await deployment.stop();
    }
  },
};

function casesOf(options: Options): Case[] {
  return cases.filter((each) => isWanted(each.name, options));
}

interface SeededCustomer {
  readonly apiKey: string;
  readonly webhookId: string;
}

async function seed(bench: Bench, deployment: ServerDeployment): Promise<SeededCustomer> {
  const endpointUrl = `${bench.receiverOrigin}/ok`;
  const [customer] = await createCustomers(deployment.origins[0], {
    accounts: 1,
    webhooksEach: 1,
    endpointUrl,
  });
  const { accountId, apiKey, webhookId } = onlyWebhookOf(customer);
  await seedWebhooks(deployment.client, webhookId, bench.scaled(webhooks) - 1);
  bench.say('management: filling the log');
  await seedLog(deployment.client, { accountId, webhookId, rows: bench.scaled(logRows), days: logDays });
  return { apiKey, webhookId };
}

function onlyWebhookOf(customer: Customer | undefined): SeededCustomer & { accountId: string } {
  const webhookId = customer?.webhookIds[0];
  if (customer === undefined || webhookId === undefined) throw new Error('there is no webhook');
  return { accountId: customer.accountId, apiKey: customer.apiKey, webhookId };
}

async function measure(
  bench: Bench,
  deployment: ServerDeployment,
  { apiKey, webhookId }: SeededCustomer,
  { name, path, goal }: Case,
): Promise<void> {
  const [origin] = deployment.origins;
  const times = await timesOf(origin, `/v3/webhooks${path(webhookId)}`, apiKey);
  bench.report({
    scenario: 'management',
    conditions: name,
    build: deployment.build.name,
    result: `p50 ${msText(times.p50)}, p99 ${msText(times.p99)} (${times.count} requests)`,
    ofBare: '',
    cost: '',
    goal: goal === null ? '' : `p99 ${atMost(goal, ' ms', times.p99)}`,
  });
}

/** One after the other; the first few, in which the database reads what it does not hold yet, do not count. */
async function timesOf(origin: string, path: string, apiKey: string): Promise<Percentiles> {
  const client = new Client(origin);
  const get = async () => {
    const startedAt = performance.now();
    const { statusCode, body } = await client.request({
      path,
      method: 'GET',
      headers: { 'x-api-key': apiKey },
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}: ${text}`);
    return performance.now() - startedAt;
  };
  for (let uncounted = 0; uncounted < 3; uncounted++) await get();
  const startedAt = performance.now();
  const times: number[] = [];
  const isEnough = () =>
    times.length >= requests.most ||
    (times.length >= requests.atLeast && performance.now() - startedAt > requests.untilMs);
  while (!isEnough()) times.push(await get());
  await client.close();
  return percentilesOf(times);
}
