/** How long an event takes from the publisher to the webhook while the service has more to give. */
import type { Bench } from '../bench.ts';
import type { Customer } from '../customers.ts';
import type { DatabaseKind, Deployment } from '../deployment.ts';
import { withEachBuild } from '../each-build.ts';
import { atMost, msText, refusalsText } from '../figures.ts';
import { createTimedCustomers, latencyText, offer } from '../offer.ts';
import { isWanted, type Options } from '../options.ts';
import { warmUp } from '../saturate.ts';
import type { Scenario } from '../scenario.ts';

const seconds = 8;
const warmUpOffer = { eventsPerSecond: 500, seconds: 2 };

interface Case {
  readonly database: DatabaseKind;
  readonly eventsPerSecond: number;
  /** The most that p99 may be, in milliseconds. */
  readonly goal: number | null;
}

const cases: readonly Case[] = [
  { database: 'PostgreSQL', eventsPerSecond: 100, goal: null },
  { database: 'PostgreSQL', eventsPerSecond: 500, goal: 30 },
  { database: 'PostgreSQL', eventsPerSecond: 1000, goal: null },
  { database: 'embedded', eventsPerSecond: 100, goal: null },
  { database: 'embedded', eventsPerSecond: 500, goal: null },
];

export const latency: Scenario = {
  name: 'latency',
  summary: 'publish-to-receipt p50, p95 and p99 at 100, 500 and 1,000 events/s',
  rows: (options) => casesOf(options).length * options.builds.length,
  async run(bench) {
    const wanted = casesOf(bench.options);
    for (const database of new Set(wanted.map((each) => each.database))) {
      const ofDatabase = wanted.filter((candidate) => candidate.database === database);
      const prepared = (deployment: Deployment) => prepare(bench, deployment);
      await withEachBuild(bench, database, prepared, async (subjects) => {
        for (const each of ofDatabase) {
          for (const subject of subjects) await measure(bench, subject, each);
        }
      });
    }
  },
};

function casesOf(options: Options): Case[] {
  return cases.filter((each) => isWanted(conditionsOf(each), options));
}

function conditionsOf({ database, eventsPerSecond }: Case): string {
  return `${database}, ${eventsPerSecond}/s offered`;
}

interface Subject {
  readonly deployment: Deployment;
  readonly customers: readonly Customer[];
}

async function prepare(bench: Bench, deployment: Deployment): Promise<Subject> {
  await warmUp(bench, deployment);
  const customers = await createTimedCustomers(bench, deployment);
  await offer(bench, deployment, { customers, ...warmUpOffer });
  return { deployment, customers };
}

async function measure(bench: Bench, { deployment, customers }: Subject, each: Case): Promise<void> {
  const { eventsPerSecond, goal } = each;
  const offered = { customers, eventsPerSecond, seconds: bench.options.isQuick ? seconds / 4 : seconds };
  const { latency: receipt, answers, refusals } = await offer(bench, deployment, offered);
  bench.report({
    scenario: 'latency',
    conditions: conditionsOf(each),
    build: deployment.build.name,
    result: `${latencyText(receipt)} (202: p50 ${msText(answers.p50)}, p99 ${msText(answers.p99)}${refusalsText(refusals)})`,
    ofBare: '',
    cost: '',
    goal: goal === null ? '' : `p99 ${atMost(goal, ' ms', receipt.p99)}`,
  });
}
