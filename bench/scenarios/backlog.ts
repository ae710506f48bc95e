/** Whether a long backlog is drained as fast as a short one, and in the same memory. */
import type { Bench } from '../bench.ts';
import type { Customer } from '../customers.ts';
import type { ServerDeployment } from '../deployment.ts';
import { atLeast, atMost, bytesText, msText, rateText } from '../figures.ts';
import { type Build, isWanted, type Options } from '../options.ts';
import { medianOf } from '../percentiles.ts';
import type { Arrivals } from '../receiver.ts';
import { warmUp } from '../saturate.ts';
import type { Scenario } from '../scenario.ts';
import { seedBacklog } from '../seeding.ts';
import { claimOf, forgetStatementTimes, statementTimes } from '../statement-times.ts';

interface Case {
  readonly count: number;
  readonly name: string;
  readonly repetitions: number;
}

const shortest: Case = { count: 10_000, name: '10 thousand', repetitions: 3 };
const longest: Case = { count: 1_000_000, name: '1 million', repetitions: 1 };
const cases: readonly Case[] = [shortest, { count: 100_000, name: '100 thousand', repetitions: 1 }, longest];
const goals = { ofShortest: 0.9, memoryMb: 300 };
/** The backlog has built up at a thousand events a second. */
const publishedPerSecond = 1000;
const quietMsMax = 60_000;

export const backlog: Scenario = {
  name: 'backlog',
  summary: 'draining 10 thousand, 100 thousand and a million pending deliveries: rates, claim time, memory',
  rows: (options) => casesOf(options).length * options.builds.length,
  async run(bench) {
    for (const build of bench.options.builds) {
      const deployment = await bench.deployOnServer({ build });
      const customers = await warmUp(bench, deployment);
      let shortestPerSecond: number | null = null;
      for (const each of casesOf(bench.options)) {
        const drained = await measure(bench, deployment, customers, each);
        if (each === shortest) shortestPerSecond = drained.perSecond;
        report(bench, build, each, drained, shortestPerSecond);
      }
      await deployment.stop();
    }
  },
};

function casesOf(options: Options): Case[] {
  return cases.filter((each) => isWanted(conditionsOf(each), options));
}

function conditionsOf({ name }: Case): string {
  return `PostgreSQL, ${name} pending over 50 webhooks`;
}

interface Drained {
  readonly perSecond: number;
  readonly firstTenthPerSecond: number;
  readonly lastTenthPerSecond: number;
  readonly ofBare: number;
  readonly claimMs: number | null;
  /** Of each process. */
  readonly memoryBytes: readonly number[];
}

async function measure(
  bench: Bench,
  deployment: ServerDeployment,
  customers: readonly Customer[],
  each: Case,
): Promise<Drained> {
  const runs: Drained[] = [];
  for (let repetition = 0; repetition < each.repetitions; repetition++) {
    const count = bench.scaled(each.count);
    const bareBefore = await bench.bareRate(300);
    const drained = await drain(bench, deployment, customers, count);
    const bare = (bareBefore + (await bench.bareRate(300))) / 2;
    runs.push({ ...drained, ofBare: drained.perSecond / bare });
  }
  const ratio = medianOf(runs.map(({ ofBare }) => ofBare));
  const median = runs.find(({ ofBare }) => ofBare === ratio);
  if (median === undefined) throw new Error('nothing was drained');
  return median;
}

async function drain(
  { receiver }: Bench,
  deployment: ServerDeployment,
  customers: readonly Customer[],
  count: number,
): Promise<Omit<Drained, 'ofBare'>> {
  const { client } = deployment;
  await forgetStatementTimes(client);
  await receiver.call('expect', { count, quietMsMax });
  await seedBacklog(client, { customers, count, seconds: count / publishedPerSecond });
  const arrivals = await receiver.call('arrivals', null);
  await deployment.settled();
  const claim = claimOf(await statementTimes(client));
  return { ...ratesOf(arrivals), claimMs: claim?.meanMs ?? null, memoryBytes: await deployment.peakMemory() };
}

function ratesOf({ count, firstAt, lastAt, tenthsAt }: Arrivals) {
  const per = (deliveries: number, fromMs: number, toMs: number) => (deliveries / (toMs - fromMs)) * 1000;
  const [firstTenthAt = lastAt] = tenthsAt;
  return {
    perSecond: per(count, firstAt, lastAt),
    firstTenthPerSecond: per(count / 10, firstAt, firstTenthAt),
    lastTenthPerSecond: per(count / 10, tenthsAt.at(-2) ?? firstAt, lastAt),
  };
}

function report(
  bench: Bench,
  build: Build,
  each: Case,
  drained: Drained,
  shortestPerSecond: number | null,
): void {
  const { perSecond, firstTenthPerSecond, lastTenthPerSecond, ofBare, claimMs, memoryBytes } = drained;
  const result = [
    `${rateText(perSecond)} (first tenth ${rateText(firstTenthPerSecond)}, last ${rateText(lastTenthPerSecond)})`,
    `claim ${claimMs === null ? 'n/a' : msText(claimMs)}`,
    `RSS ${memoryBytes.length === 0 ? 'n/a' : memoryBytes.map(bytesText).join(' + ')}`,
  ];
  const memoryMb = memoryBytes.length === 0 ? null : Math.max(...memoryBytes) / 1e6;
  const ofShortest = shortestPerSecond === null ? null : perSecond / shortestPerSecond;
  const goal = [
    ofShortest === null
      ? ''
      : `${atLeast(goals.ofShortest, ofShortest)} (${ofShortest.toFixed(2)} of 10 thousand)`,
    atMost(goals.memoryMb, ' MB', memoryMb),
  ];
  bench.report({
    scenario: 'backlog',
    conditions: conditionsOf(each),
    build: build.name,
    result: result.join(', '),
    ofBare: ofBare.toFixed(2),
    cost: '',
    goal: each === longest ? goal.filter((text) => text !== '').join('; ') : '',
  });
}
