/** A build of the service with a database of its own, and what it uses. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import type { Build } from './options.ts';
import type { PostgresServer } from './postgres-server.ts';
import { cpuSecondsOf } from './process-tree.ts';
import { type Service, startService } from './service.ts';
import { countStatements, type Usage } from './usage.ts';

export type DatabaseKind = 'PostgreSQL' | 'embedded';

export interface Deployment {
  readonly build: Build;
  readonly kind: DatabaseKind;
  readonly service: Service;
  /** Null with the embedded database, which nobody else can open. */
  readonly client: pg.Client | null;
  usage(): Promise<Usage>;
  /** Resolves when every delivery is recorded. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export interface DeploymentOptions {
  readonly build: Build;
  /** Null: the embedded database. */
  readonly postgres: PostgresServer | null;
  readonly settings?: Readonly<Record<string, string>>;
}

let databases = 0;

export async function deploy({ build, postgres, settings = {} }: DeploymentOptions): Promise<Deployment> {
  const dataDir = await mkdtemp(join(tmpdir(), 'posthorn-bench-data-'));
  const database = postgres === null ? null : await postgres.createDatabase(`bench_${++databases}`);
  const service = await startService({
    cli: build.cli,
    dataDir,
    settings,
    ...(database !== null && { databaseUrl: database.serviceUrl }),
  });
  return {
    build,
    kind: postgres === null ? 'embedded' : 'PostgreSQL',
    service,
    client: database?.client ?? null,
    usage: async () => ({
      serviceCpuSeconds: await cpuSecondsOf(service.pid),
      postgresCpuSeconds: postgres === null ? null : await cpuSecondsOf(postgres.pid),
      statements: database === null ? null : await countStatements(database.client),
    }),
    settled: () => repeatUntil(() => (database === null ? isIdle(service) : isQueueEmpty(database.client))),
    async stop() {
      await service.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

const lookAgainMs = 10;

async function repeatUntil(isReached: () => Promise<boolean>): Promise<void> {
  while (!(await isReached())) await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
}

async function isQueueEmpty(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query('select from posthorn.pending_deliveries limit 1');
  return rows.length === 0;
}

async function isIdle({ origin }: Service): Promise<boolean> {
  const metrics = await (await fetch(`${origin}/metrics`)).text();
  return /^posthorn_deliveries_in_flight 0$/m.test(metrics);
}
