/** What more processes on one PostgreSQL give, and the API and the deliveries apart. */
import type { Bench } from '../bench.ts';
import type { ServerDeploymentOptions } from '../deployment.ts';
import { rateText, refusalsText } from '../figures.ts';
import { type Build, isWanted, type Options } from '../options.ts';
import { inBatches, saturateBesideBare, warmUp } from '../saturate.ts';
import type { Scenario } from '../scenario.ts';
import { costText } from '../usage.ts';

const events = 20_000;

interface Case {
  readonly name: string;
  readonly processes: NonNullable<ServerDeploymentOptions['processes']>;
}

const cases: readonly Case[] = [
  { name: '1 process', processes: 1 },
  { name: '2 processes', processes: 2 },
  { name: '4 processes', processes: 4 },
  { name: 'API and worker apart', processes: 'apart' },
];

export const scale: Scenario = {
  name: 'scale',
  summary: 'throughput of 1, 2 and 4 processes on one PostgreSQL, and of the API and a worker apart',
  rows: (options) => casesOf(options).length * options.builds.length,
  async run(bench) {
    for (const each of casesOf(bench.options)) {
      for (const build of bench.options.builds) await measure(bench, build, each);
    }
  },
};

function casesOf(options: Options): Case[] {
  return cases.filter((each) => isWanted(conditionsOf(each), options));
}

function conditionsOf({ name }: Case): string {
  return `PostgreSQL, 300 B, batches of 50, ${name}`;
}

async function measure(bench: Bench, build: Build, each: Case): Promise<void> {
  const deployment = await bench.deployOnServer({ build, processes: each.processes });
  const customers = await warmUp(bench, deployment);
  const run = { customers, fanOut: 1, payloadBytes: 300, publishing: inBatches };
  const result = await saturateBesideBare(bench, deployment, { ...run, events: bench.scaled(events) });
  await deployment.stop();
  bench.report({
    scenario: 'scale',
    conditions: conditionsOf(each),
    build: build.name,
    result: `${rateText(result.perSecond)}${refusalsText(result.refusals)}`,
    ofBare: result.ofBare.toFixed(2),
    cost: costText(result.cost),
    goal: '',
  });
}
