/**
 * `node soak.js PostgreSQL|embedded SECONDS` publishes as fast as the service takes it, for so long, and prints lines of
 * JSON: what the service and its database hold, every few seconds, and at the end what arrived.
 */
import { type Bench, openBench } from './bench.ts';
import { createCleanup } from './cleanup.ts';
import { createCustomers } from './customers.ts';
import type { DatabaseKind, Deployment } from './deployment.ts';
import { readOptions } from './options.ts';
import { inBatches, saturate } from './saturate.ts';
import type { Sample, SoakLine, Summary } from './soaked.ts';

const sampleEveryMs = 5000;
/** Of one round; between two the queue runs dry, for a tenth of a second. */
const eventsPerRound = { PostgreSQL: 50_000, embedded: 10_000 };

const [, , database, seconds] = process.argv;
if ((database !== 'PostgreSQL' && database !== 'embedded') || !(Number(seconds) > 0)) {
  process.stderr.write('soak.js PostgreSQL|embedded SECONDS\n');
  process.exitCode = 2;
} else await soak(database, Number(seconds) * 1000);

async function soak(kind: DatabaseKind, durationMs: number): Promise<void> {
  const cleanup = createCleanup();
  try {
    const options = readOptions([]);
    const say = (text: string) => process.stderr.write(`${text}\n`);
    const bench = await openBench(options, cleanup, { report: () => {}, note: () => {}, say });
    const build = options.builds[0];
    if (build === undefined) throw new Error('there is no build to soak');
    const deployment = await (kind === 'embedded'
      ? bench.deployEmbedded({ build })
      : bench.deployOnServer({ build }));
    print(await publishFor(durationMs, bench, deployment, eventsPerRound[kind]));
  } finally {
    await cleanup.run();
  }
}

async function publishFor(
  durationMs: number,
  bench: Bench,
  deployment: Deployment,
  events: number,
): Promise<Summary> {
  const endpointUrl = `${bench.receiverOrigin}/distinct`;
  const customers = await createCustomers(deployment.origins[0], {
    accounts: 50,
    webhooksEach: 1,
    endpointUrl,
  });
  const round = { customers, fanOut: 1, events, payloadBytes: 300, publishing: inBatches };
  const summary = { events: 0, arrived: 0, repeated: 0, refusals: 0 };
  const startedAt = performance.now();
  const elapsedMs = () => performance.now() - startedAt;
  const sample = async (): Promise<Sample> => ({
    kind: 'sample',
    seconds: elapsedMs() / 1000,
    ...(await deployment.held()),
    ...(await deployment.stored()),
  });
  let sampling = Promise.resolve();
  const timer = setInterval(() => {
    sampling = sampling.then(sample).then(print);
  }, sampleEveryMs);
  try {
    while (elapsedMs() < durationMs) {
      // It throws when one of them does not arrive.
      const { arrived, repeated, refusals } = await saturate(bench, deployment, round);
      summary.events += events;
      summary.arrived += arrived;
      summary.repeated += repeated;
      summary.refusals += refusals;
      print({ kind: 'round', seconds: elapsedMs() / 1000, events: summary.events });
    }
  } finally {
    clearInterval(timer);
    await sampling;
  }
  return { kind: 'summary', ...summary, seconds: elapsedMs() / 1000 };
}

function print(line: SoakLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
