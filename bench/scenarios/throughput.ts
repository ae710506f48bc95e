/** How many events a second go the whole way, from the first request to the last receipt. */
import type { Bench } from '../bench.ts';
import { type Customer, createCustomers } from '../customers.ts';
import type { DatabaseKind, Deployment } from '../deployment.ts';
import { isWanted, type Options } from '../options.ts';
import { medianOf } from '../percentiles.ts';
import type { Scenario } from '../scenario.ts';
import { platformKey } from '../service.ts';
import { type Cost, costOf, costText } from '../usage.ts';

const events = 20_000;
/** So many until the rate no longer rises; not fewer with --quick. */
const warmUpEvents = 5000;
const databases = ['PostgreSQL', 'embedded'] as const;
const fanOuts = [1, 5] as const;
const payloads = [300, 7000] as const;
/** Platforms publish in batches or one by one. */
const publishings = [
  { name: 'batches of 50', eventsPerRequest: 50, connections: 8 },
  { name: 'one by one', eventsPerRequest: 1, connections: 64 },
] as const;
const repetitionsOfMain = 3;

interface Case {
  readonly database: DatabaseKind;
  readonly fanOut: (typeof fanOuts)[number];
  readonly payloadBytes: (typeof payloads)[number];
  readonly publishing: (typeof publishings)[number];
  readonly repetitions: number;
  /** Least part of the bare loop's rate. */
  readonly goal: number | null;
}

const cases: readonly Case[] = databases.flatMap((database) =>
  fanOuts.flatMap((fanOut) =>
    payloads.flatMap((payloadBytes) =>
      publishings.map((publishing) => {
        const isPlain = fanOut === 1 && payloadBytes === 300;
        const isMain = isPlain && publishing.name === 'batches of 50' && database === 'PostgreSQL';
        return {
          database,
          fanOut,
          payloadBytes,
          publishing,
          repetitions: isMain ? repetitionsOfMain : 1,
          goal: isPlain ? goalOf(database, publishing.eventsPerRequest) : null,
        };
      }),
    ),
  ),
);

function goalOf(database: DatabaseKind, eventsPerRequest: number): number | null {
  if (database === 'PostgreSQL') return eventsPerRequest === 1 ? 0.2 : 0.35;
  return eventsPerRequest === 1 ? null : 0.2;
}

export const throughput: Scenario = {
  name: 'throughput',
  summary:
    'deliveries a second at saturation: fan-out 1 and 5, 300 B and 7 kB, in batches and one by one, both databases',
  rows: (options) => casesOf(options).length * options.builds.length,
  async run(bench) {
    const wanted = casesOf(bench.options);
    for (const database of new Set(wanted.map((each) => each.database))) {
      const subjects: Subject[] = [];
      for (const build of bench.options.builds)
        subjects.push(await prepare(bench, await bench.deploy(build, database)));
      for (const each of wanted.filter((candidate) => candidate.database === database)) {
        await compare(bench, subjects, each);
      }
      for (const { deployment } of subjects) await deployment.stop();
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
  readonly customers: Readonly<Record<(typeof fanOuts)[number], readonly Customer[]>>;
}

interface Measured {
  readonly perSecond: number;
  readonly ofBare: number;
  readonly cost: Cost;
}

async function prepare(bench: Bench, deployment: Deployment): Promise<Subject> {
  const endpointUrl = `${bench.receiverOrigin}/ok`;
  const { origin } = deployment.service;
  const subject: Subject = {
    deployment,
    customers: {
      1: await createCustomers(origin, { accounts: 50, webhooksEach: 1, endpointUrl }),
      5: await createCustomers(origin, { accounts: 10, webhooksEach: 5, endpointUrl }),
    },
  };
  for (const publishing of publishings) {
    await publish(bench, subject, { fanOut: 1, payloadBytes: 300, publishing }, warmUpEvents);
  }
  return subject;
}

/** One run of each build in turn, in the opposite order every other time; the bare loop before, between and after. */
async function compare(bench: Bench, subjects: readonly Subject[], each: Case): Promise<void> {
  const runs = new Map<Subject, Measured[]>(subjects.map((subject) => [subject, []]));
  let bare = await bench.bareRate(each.payloadBytes);
  for (let repetition = 0; repetition < (bench.options.repetitions ?? each.repetitions); repetition++) {
    for (const subject of repetition % 2 === 0 ? subjects : subjects.toReversed()) {
      const run = await publish(bench, subject, each, bench.scaled(events));
      const bareAfter = await bench.bareRate(each.payloadBytes);
      runs.get(subject)?.push({ ...run, ofBare: run.perSecond / ((bare + bareAfter) / 2) });
      bare = bareAfter;
    }
  }
  for (const [subject, measured] of runs) report(bench, subject, each, measured);
}

type Run = Pick<Case, 'fanOut' | 'payloadBytes' | 'publishing'>;

async function publish(
  bench: Bench,
  { deployment, customers }: Subject,
  { fanOut, payloadBytes, publishing }: Run,
  count: number,
): Promise<Omit<Measured, 'ofBare'>> {
  const { receiver, load } = bench;
  const deliveries = count * fanOut;
  await receiver.call('expect', { count: deliveries, quietMsMax: 20_000 });
  const before = await deployment.usage();
  const { startedAt } = await load.call('publishAsFastAsPossible', {
    origin: deployment.service.origin,
    platformKey,
    accountIds: customers[fanOut].map(({ accountId }) => accountId),
    events: count,
    payloadBytes,
    eventsPerRequest: publishing.eventsPerRequest,
    connections: publishing.connections,
  });
  const { lastAt } = await receiver.call('arrivals', null);
  await deployment.settled();
  const cost = costOf(before, await deployment.usage(), deliveries);
  return { perSecond: (deliveries / (lastAt - startedAt)) * 1000, cost };
}

function report(bench: Bench, { deployment }: Subject, each: Case, runs: readonly Measured[]): void {
  const ratios = runs.map(({ ofBare }) => ofBare);
  const ratio = medianOf(ratios);
  const rates = runs.map(({ perSecond }) => perSecond);
  const range =
    runs.length === 1 ? '' : ` (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`;
  const result = `${Math.round(medianOf(rates)).toLocaleString('en')}/s`;
  const [run] = runs;
  const cost = run === undefined ? '' : costText(run.cost);
  bench.report({
    scenario: 'throughput',
    conditions: conditionsOf(each),
    build: deployment.build.name,
    result,
    ofBare: `${ratio.toFixed(2)}${range}`,
    cost,
    goal: each.goal === null ? '' : `≥ ${each.goal.toFixed(2)}: ${ratio >= each.goal ? 'met' : 'missed'}`,
  });
}
