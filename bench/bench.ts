/** What every scenario works with. */
import { startBare } from './bare.ts';
import type { Cleanup } from './cleanup.ts';
import { createDeployments, type Deployments } from './deployments.ts';
import { type LoadCalls, startLoad } from './load.ts';
import type { Options } from './options.ts';
import type { Program } from './program.ts';
import { type ReceiverCalls, startReceiver } from './receiver.ts';
import type { Row } from './scenario.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** Of 32 to 512 none is slower or faster beyond the noise; the service's own 512 would take longer to open. */
const bareConnections = 64;
const bareMs = 2000;
const bareWarmUpMs = 4000;
/** What was measured right after one run is also what is right before the next. */
const bareFreshMs = 500;

export interface Reporting {
  report(row: Row): void;
  /** Something that belongs below the table. */
  note(heading: string, text: string): void;
  /** Where a scenario is between two rows. */
  say(text: string): void;
}

export interface Bench extends Reporting, Omit<Deployments, 'close'> {
  readonly options: Options;
  readonly receiver: Program<ReceiverCalls>;
  readonly receiverOrigin: string;
  readonly load: Program<LoadCalls>;
  /** Deliveries a second of the bare loop now. */
  bareRate(payloadBytes: number): Promise<number>;
  /** So many, or a tenth of it. */
  scaled(count: number): number;
}

export async function openBench(options: Options, cleanup: Cleanup, reporting: Reporting): Promise<Bench> {
  const deployments = createDeployments(await temporaryDirectory(), options);
  const receiver = startReceiver();
  const load = startLoad();
  const bare = startBare();
  for (const undo of [receiver.stop, load.stop, bare.stop, deployments.close]) cleanup.add(undo);
  const { origin: receiverOrigin } = await receiver.call('listen', null);
  const bareRate = async (payloadBytes: number, durationMs: number) => {
    const run = { origin: receiverOrigin, payloadBytes, connections: bareConnections, durationMs };
    return (await bare.call('run', run)).perSecond;
  };
  await bareRate(300, bareWarmUpMs);
  const bareRunMs = options.isQuick ? bareMs / 2 : bareMs;
  let last = { payloadBytes: 0, endedAt: 0, rate: 0 };
  return {
    ...reporting,
    ...deployments,
    options,
    receiver,
    receiverOrigin,
    load,
    async bareRate(payloadBytes) {
      const isFresh = performance.now() - last.endedAt < bareFreshMs;
      if (last.payloadBytes === payloadBytes && isFresh) return last.rate;
      const rate = await bareRate(payloadBytes, bareRunMs);
      last = { payloadBytes, endedAt: performance.now(), rate };
      return rate;
    },
    scaled: (count) => (options.isQuick ? Math.ceil(count / 10) : count),
  };
}
