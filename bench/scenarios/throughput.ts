/** How many deliveries a second go the whole way, from the first request to the last receipt. */
import type { Bench } from '../bench.ts';
import { type Customer, createCustomers } from '../customers.ts';
import type { DatabaseKind, Deployment } from '../deployment.ts';
import { withEachBuild } from '../each-build.ts';
import { atLeast, rateText, refusalsText } from '../figures.ts';
import { isWanted, type Options } from '../options.ts';
import { medianOf } from '../percentiles.ts';
import {
  inBatches,
  oneByOne,
  type Publishing,
  type SaturatedBesideBare,
  saturateBesideBare,
  warmUp,
} from '../saturate.ts';
import type { Scenario } from '../scenario.ts';
import { costText } from '../usage.ts';

const events = 20_000;
/** A fan-out of five over the embedded database takes too long for all of them. */
const eventsEmbeddedByFive = 4000;
const repetitionsOfMain = 3;

type FanOut = 1 | 5;

interface Case {
  readonly database: DatabaseKind;
  readonly fanOut: FanOut;
  readonly payloadBytes: 300 | 7000;
  readonly publishing: Publishing;
  readonly repetitions: number;
  /** Least part of the bare loop's rate. */
  readonly goal: number | null;
}

const cases: readonly Case[] = (['PostgreSQL', 'embedded'] as const).flatMap((database) =>
  ([1, 5] as const).flatMap((fanOut) =>
    ([300, 7000] as const).flatMap((payloadBytes) =>
      [inBatches, oneByOne].map((publishing) => {
        const goal = fanOut === 1 && payloadBytes === 300 ? goalOf(database, publishing) : null;
        const isMain = goal !== null && database === 'PostgreSQL' && publishing === inBatches;
        const repetitions = isMain ? repetitionsOfMain : 1;
        return { database, fanOut, payloadBytes, publishing, repetitions, goal };
      }),
    ),
  ),
);

function goalOf(database: DatabaseKind, publishing: Publishing): number | null {
  if (database === 'PostgreSQL') return publishing === oneByOne ? 0.2 : 0.35;
  return publishing === oneByOne ? null : 0.2;
}

export const throughput: Scenario = {
  name: 'throughput',
  summary:
    'deliveries a second: fan-out 1 and 5, 300 B and 7 kB, in batches and one by one, on both databases',
  rows: (options) => casesOf(options).length * options.builds.length,
  async run(bench) {
    const wanted = casesOf(bench.options);
    for (const database of new Set(wanted.map((each) => each.database))) {
      const ofDatabase = wanted.filter((candidate) => candidate.database === database);
      const prepared = (deployment: Deployment) => prepare(bench, deployment);
      await withEachBuild(bench, database, prepared, async (subjects) => {
        for (const each of ofDatabase) {
          await compare(bench, subjects, each);
        }
      });
    }
  },
};

function casesOf(options: Options): Case[] {
  return cases.filter((each) => isWanted(conditionsOf(each), options));
}

function conditionsOf({ database, fanOut, payloadBytes, publishing }: Case): string {
  const payload = payloadBytes === 300 ? '300 B' : '7 kB';
  return `${database}, fan-out ${fanOut}, ${payload}, ${publishing.name}`;
}

interface Subject {
  readonly deployment: Deployment;
  readonly customers: Readonly<Record<FanOut, readonly Customer[]>>;
}

async function prepare(bench: Bench, deployment: Deployment): Promise<Subject> {
  const alone = await warmUp(bench, deployment);
  const endpointUrl = `${bench.receiverOrigin}/ok`;
  const fives = await createCustomers(deployment.origins[0], { accounts: 10, webhooksEach: 5, endpointUrl });
  return { deployment, customers: { 1: alone, 5: fives } };
}

/** One run of each build in turn, in the opposite order every other time. */
async function compare(bench: Bench, subjects: readonly Subject[], each: Case): Promise<void> {
  const runs = new Map<Subject, SaturatedBesideBare[]>(subjects.map((subject) => [subject, []]));
  const repetitions = bench.options.repetitions ?? each.repetitions;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const subject of repetition % 2 === 0 ? subjects : subjects.toReversed()) {
      const { database, fanOut, payloadBytes, publishing } = each;
      const count = bench.scaled(database === 'embedded' && fanOut === 5 ? eventsEmbeddedByFive : events);
      const customers = subject.customers[fanOut];
      const run = { fanOut, payloadBytes, publishing, customers, events: count };
      runs.get(subject)?.push(await saturateBesideBare(bench, subject.deployment, run));
    }
  }
  for (const [{ deployment }, results] of runs) report(bench, deployment, each, results);
}

function report(bench: Bench, { build }: Deployment, each: Case, runs: readonly SaturatedBesideBare[]): void {
  const ratios = runs.map(({ ofBare }) => ofBare);
  const ratio = medianOf(ratios);
  const range = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
  // The cost is that of the median run.
  const median = runs.find(({ ofBare }) => ofBare === ratio);
  bench.report({
    scenario: 'throughput',
    conditions: conditionsOf(each),
    build: build.name,
    result: `${rateText(medianOf(runs.map(({ perSecond }) => perSecond)))}${refusalsText(median?.refusals ?? 0)}`,
    ofBare: runs.length === 1 ? ratio.toFixed(2) : `${ratio.toFixed(2)} (${range})`,
    cost: median === undefined ? '' : costText(median.cost),
    goal: each.goal === null ? '' : atLeast(each.goal, ratio),
  });
}
