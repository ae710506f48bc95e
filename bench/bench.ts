/** What every scenario works with. */
import { type BareCalls, startBare } from './bare.ts';
import type { Cleanup } from './cleanup.ts';
import { type Deployment, deploy } from './deployment.ts';
import { type LoadCalls, startLoad } from './load.ts';
import type { Build, Options } from './options.ts';
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
  /** Started when it is first asked for. */
  postgres(): Promise<PostgresServer>;
  /** With a new database. Stopped at the end, if not before. */
  deploy(
    build: Build,
    kind: Deployment['kind'],
    settings?: Readonly<Record<string, string>>,
  ): Promise<Deployment>;
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
    postgres,
    async deploy(build, kind, settings = {}) {
      const deployment = await deploy({
        build,
        postgres: kind === 'PostgreSQL' ? await postgres() : null,
        settings,
      });
      cleanup.add(deployment.stop);
      return deployment;
    },
    bareRate: (payloadBytes) => bareRate(payloadBytes, options.isQuick ? bareMs / 2 : bareMs),
    scaled,
    report,
  };
}
