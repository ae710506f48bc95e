import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Bench, openBench } from './bench.ts';
import { describeCircumstances } from './circumstances.ts';
import { createCleanup } from './cleanup.ts';
import { isComplete, type Options, readOptions, usage } from './options.ts';
import { createProgress } from './progress.ts';
import type { Row, Scenario } from './scenario.ts';
import { backlog } from './scenarios/backlog.ts';
import { cost } from './scenarios/cost.ts';
import { isolation } from './scenarios/isolation.ts';
import { latency } from './scenarios/latency.ts';
import { management } from './scenarios/management.ts';
import { scale } from './scenarios/scale.ts';
import { throughput } from './scenarios/throughput.ts';
import { goalsText, tableText } from './table.ts';

const resultsFile = fileURLToPath(new URL('../RESULTS.md', import.meta.url));
const scenarios: readonly Scenario[] = [throughput, latency, isolation, backlog, cost, scale, management];

await main();

async function main(): Promise<void> {
  const options = readOptionsOrNull();
  if (options === null) return;
  const unknown = options.scenarios.filter((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown.length > 0) process.stderr.write(`There is no scenario ${unknown.join(', ')}.\n\n`);
  if (options.isListAsked || unknown.length > 0) {
    process.stdout.write(`${usage}\n${listText()}\n`);
    process.exitCode = unknown.length > 0 ? 2 : 0;
    return;
  }
  await measure(options);
}

function readOptionsOrNull(): Options | null {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    process.exitCode = 2;
    return null;
  }
}

function listText(): string {
  return scenarios.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`).join('\n');
}

async function measure(options: Options): Promise<void> {
  const chosen = scenarios.filter(
    ({ name }) => options.scenarios.length === 0 || options.scenarios.includes(name),
  );
  const rows: Row[] = [];
  const notes: string[] = [];
  const progress = createProgress(chosen.reduce((sum, scenario) => sum + scenario.rows(options), 0));
  const cleanup = createCleanup();
  const startedAt = new Date();
  const [load = 0] = loadavg();
  try {
    const bench = await openBench(options, cleanup, {
      report(row) {
        rows.push(row);
        progress.next(row);
      },
      note: (heading, text) => notes.push(`## ${heading}\n\n${text}`),
      say: progress.say,
    });
    for (const scenario of chosen) await runScenario(scenario, bench);
    if (rows.length === 0 && process.exitCode === undefined) {
      process.stderr.write(`Nothing has "${options.only}" in its conditions.\n`);
      process.exitCode = 2;
    }
    const parts = [tableText(rows), goalsText(rows), ...notes];
    const results = parts.filter((part) => part !== '').join('\n\n');
    process.stdout.write(`\n${results}\n`);
    if (isComplete(options) && process.exitCode === undefined) {
      const circumstances = await describeCircumstances({
        startedAt,
        load,
        postgres: await bench.postgresVersion(),
      });
      await writeFile(resultsFile, `${circumstances}\n\n${results}\n`);
    }
  } finally {
    await cleanup.run();
  }
}

/** What fails does not take the others along. */
async function runScenario(scenario: Scenario, bench: Bench): Promise<void> {
  try {
    await scenario.run(bench);
  } catch (error) {
    process.exitCode = 1;
    bench.say(`${scenario.name} failed: ${error instanceof Error ? error.stack : error}`);
    await bench.stopDeployments();
  }
}
