/** A build of the service, as one process or several, with a database of its own, and what they use. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import type { Build } from './options.ts';
import type { PostgresServer } from './postgres-server.ts';
import { cpuSecondsOf, type Held, heldBy, peakMemoryOf } from './process-tree.ts';
import { canRunProcesses, type Service, type Settings, startService } from './service.ts';
import { type Stored, storedInDirectory, storedOnServer } from './stored.ts';
import { countStatements, type Usage } from './usage.ts';

export type DatabaseKind = 'PostgreSQL' | 'embedded';

export interface Deployment {
  readonly build: Build;
  /** Where the API is served. */
  readonly origins: readonly [string, ...string[]];
  usage(): Promise<Usage>;
  /** Bytes that each process of the service held at its worst. */
  peakMemory(): Promise<number[]>;
  held(): Promise<Held>;
  stored(): Promise<Stored>;
  /** Resolves when every delivery is recorded. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export interface ServerDeployment extends Deployment {
  /** On the service's database, as the superuser. */
  readonly client: pg.Client;
}

export interface DeploymentOptions {
  readonly build: Build;
  readonly settings?: Settings;
}

export interface ServerDeploymentOptions extends DeploymentOptions {
  /**
   * A number: so many processes, each doing everything. `apart`: one that serves the API and one that delivers.
   * Absent: as many as the build starts by itself.
   */
  readonly processes?: number | 'apart';
}

export async function deployEmbedded(
  directory: string,
  { build, settings = {} }: DeploymentOptions,
): Promise<Deployment> {
  const dataDir = await newDataDir(directory);
  const service = await startService({ cli: build.cli, dataDir, settings });
  return {
    build,
    origins: [service.origin],
    usage: async () => ({
      serviceCpuSeconds: await cpuSecondsOf(service.pid),
      postgresCpuSeconds: null,
      statements: null,
    }),
    peakMemory: () => peakMemoryOf(service.pid),
    held: () => heldBy([service.pid]),
    stored: () => storedInDirectory(dataDir),
    settled: () => repeatUntil(() => isIdle(service)),
    async stop() {
      await service.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export async function deployOnServer(
  directory: string,
  postgres: PostgresServer,
  { build, processes, settings = {} }: ServerDeploymentOptions,
): Promise<ServerDeployment> {
  const dataDir = await newDataDir(directory);
  const database = await postgres.createDatabase();
  const { client, serviceUrl: databaseUrl } = database;
  const services: Service[] = [];
  const commands = await commandsOf(build, processes);
  for (const command of commands) {
    const both = { ...settings, ...command };
    services.push(await startService({ cli: build.cli, dataDir, databaseUrl, settings: both }));
  }
  const [first, ...others] = services.filter((_, index) => commands[index]?.POSTHORN_ROLE !== 'worker');
  if (first === undefined) throw new Error('a deployment needs a process that serves the API');
  return {
    build,
    client,
    origins: [first.origin, ...others.map(({ origin }) => origin)],
    usage: async () => ({
      serviceCpuSeconds: await sumOf(services, ({ pid }) => cpuSecondsOf(pid)),
      postgresCpuSeconds: await cpuSecondsOf(postgres.pid),
      statements: await countStatements(client),
    }),
    peakMemory: async () => (await Promise.all(services.map(({ pid }) => peakMemoryOf(pid)))).flat(),
    held: () => heldBy(services.map(({ pid }) => pid)),
    stored: () => storedOnServer(client),
    settled: () => repeatUntil(() => isQueueEmpty(client)),
    async stop() {
      await Promise.all(services.map((service) => service.stop()));
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The settings of each `serve` that makes up the wanted processes. */
async function commandsOf(
  build: Build,
  processes: ServerDeploymentOptions['processes'],
): Promise<readonly Settings[]> {
  if (processes === undefined) return [{}];
  const isAble = await canRunProcesses(build.cli);
  const one: Settings = isAble ? { POSTHORN_PROCESSES: '1' } : {};
  if (processes === 'apart') {
    return [
      { ...one, POSTHORN_ROLE: 'api' },
      { ...one, POSTHORN_ROLE: 'worker' },
    ];
  }
  if (isAble) return [{ POSTHORN_PROCESSES: String(processes) }];
  return Array.from({ length: processes }, () => ({}));
}

function newDataDir(directory: string): Promise<string> {
  return mkdtemp(join(directory, 'data-'));
}

async function sumOf<Item>(
  items: readonly Item[],
  measure: (item: Item) => Promise<number | null>,
): Promise<number | null> {
  const values = await Promise.all(items.map(measure));
  const known = values.filter((value) => value !== null);
  return known.length < items.length ? null : known.reduce((sum, value) => sum + value, 0);
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
