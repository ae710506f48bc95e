/** What every scenario works with. */
import { type BareCalls, startBare } from './bare.ts';
import type { Cleanup } from './cleanup.ts';
import {
  type Deployment,
  type DeploymentOptions,
  deployEmbedded,
  deployOnServer,
  type ServerDeployment,
} from './deployment.ts';
import { type LoadCalls, startLoad } from './load.ts';
import type { Options } from './options.ts';
import { type PostgresServer, startPostgresServer } from './postgres-server.ts';
import type { Program } from './program.ts';
import { type ReceiverCalls, startReceiver } from './receiver.ts';
import type { Row } from './scenario.ts';

/** Of 32 to 512 none is slower or faster beyond the noise; the service's own 512 would take longer to open. */
const bareConnections = 64;
const bareMs = 2000;
const bareWarmUpMs = 4000;

export interface Bench {
  readonly options: Options;
  readonly receiver: Program<ReceiverCalls>;
  readonly receiverOrigin: string;
  readonly load: Program<LoadCalls>;
  /** Each with a new database. To be stopped by the scenario, or at the end. */
  deployEmbedded(options: DeploymentOptions): Promise<Deployment>;
  deployOnServer(options: DeploymentOptions): Promise<ServerDeployment>;
  /** Deliveries a second of the bare loop now. */
  bareRate(payloadBytes: number): Promise<number>;
  /** So many, or a tenth of it. */
  scaled(count: number): number;
  report(row: Row): void;
}

export async function openBench(options: Options, cleanup: Cleanup, report: Bench['report']): Promise<Bench> {
  const receiver = startReceiver();
  const load = startLoad();
  const bare: Program<BareCalls> = startBare();
  for (const program of [receiver, load, bare]) cleanup.add(program.stop);
  const { origin: receiverOrigin } = await receiver.call('listen', null);
  const scaled = (count: number) => (options.isQuick ? Math.ceil(count / 10) : count);
  let server: Promise<PostgresServer> | null = null;
  const postgres = () => {
    server ??= startPostgresServer().then((started) => {
      cleanup.add(started.stop);
      return started;
    });
    return server;
  };
  const bareRate = async (payloadBytes: number, durationMs: number) => {
    const run = { origin: receiverOrigin, payloadBytes, connections: bareConnections, durationMs };
    return (await bare.call('run', run)).perSecond;
  };
  await bareRate(300, bareWarmUpMs);
  return {
    options,
    receiver,
    receiverOrigin,
    load,
    deployEmbedded: async (options) => stoppedOnce(await deployEmbedded(options), cleanup),
    deployOnServer: async (options) => stoppedOnce(await deployOnServer(await postgres(), options), cleanup),
    bareRate: (payloadBytes) => bareRate(payloadBytes, options.isQuick ? bareMs / 2 : bareMs),
    scaled,
    report,
  };
}

/** Also at the end, if the scenario did not come to it. */
function stoppedOnce<Kind extends Deployment>(deployment: Kind, cleanup: Cleanup): Kind {
  let stopped: Promise<void> | null = null;
  const stop = () => {
    stopped ??= deployment.stop();
    return stopped;
  };
  cleanup.add(stop);
  return { ...deployment, stop };
}
