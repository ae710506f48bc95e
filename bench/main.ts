import { openBench } from './bench.ts';
import { createCleanup } from './cleanup.ts';
import { type Options, readOptions, usage } from './options.ts';
import { createProgress } from './progress.ts';
import type { Row, Scenario } from './scenario.ts';
import { latency } from './scenarios/latency.ts';
import { throughput } from './scenarios/throughput.ts';
import { tableText } from './table.ts';

const scenarios: readonly Scenario[] = [throughput, latency];

await main();

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const unknown = options.scenarios.filter((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown.length > 0) process.stderr.write(`There is no scenario ${unknown.join(', ')}.\n\n`);
  if (options.isListAsked || unknown.length > 0) {
    process.stdout.write(`${usage}\n${listText()}\n`);
    process.exitCode = unknown.length > 0 ? 2 : 0;
    return;
  }
  await measure(options);
}

function listText(): string {
  return scenarios.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`).join('\n');
}

async function measure(options: Options): Promise<void> {
  const chosen = scenarios.filter(
    ({ name }) => options.scenarios.length === 0 || options.scenarios.includes(name),
  );
  const rows: Row[] = [];
  const progress = createProgress(chosen.reduce((sum, scenario) => sum + scenario.rows(options), 0));
  const cleanup = createCleanup();
  process.once('SIGINT', () => cleanup.run().finally(() => process.exit(130)));
  try {
    const bench = await openBench(options, cleanup, (row) => {
      rows.push(row);
      progress.next(row);
    });
    for (const scenario of chosen) await scenario.run(bench);
    process.stdout.write(`\n${tableText(rows)}\n`);
  } finally {
    await cleanup.run();
  }
}
