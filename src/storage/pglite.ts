/**
 * The embedded database: PostgreSQL compiled to WebAssembly, in this process and in one directory. It keeps
 * everything that it committed through a kill of the process; it does not fsync, so a power cut can lose the last
 * writes. One process at a time: the data directory is locked elsewhere.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { Mutex, type PGlite, type Transaction } from '@electric-sql/pglite';
import type { Sql } from 'sql-template-tag';
import { Column, columnTypes } from './columns.ts';
import { type Database, DatabaseUnavailable, type Queryable } from './database.ts';
import { DiskFull, isDiskFull } from './disk-full.ts';
import { codeOf, isOutageCode, translated } from './outage.ts';
import { createCheckpoints } from './pglite-checkpoints.ts';
import { type Engine, guardEngine, startEngine } from './pglite-engine.ts';
import { createEngines } from './pglite-engines.ts';
import { createEmbeddedStatements, type EmbeddedStatements } from './pglite-statements.ts';
import { createProcessLocks } from './process-locks.ts';

const sessionSettings =
  "set search_path to posthorn; set time zone 'UTC'; set client_min_messages to warning;";

/** Milliseconds, of a clock that is never set. */
interface Clock {
  now(): number;
}

/** @throws when the directory holds something that is not a database this version can read, or has no room for one. */
export async function openEmbedded(directory: string, clock: Clock = performance): Promise<Database> {
  if (!existsSync(directory)) await initialise(directory);
  return databaseOf(directory, await startEngine(directory), () => startEngine(directory), clock);
}

/** Initialised beside its place and renamed into it: a directory that was interrupted half-way is never opened. */
async function initialise(directory: string): Promise<void> {
  const unfinished = `${directory}.initialising`;
  await rm(unfinished, { recursive: true, force: true });
  // The files in it are made readable to all.
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  try {
    const { pglite } = await startEngine(unfinished);
    await pglite.close();
    await rename(unfinished, directory);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error instanceof DiskFull || isDiskFull(error) ? new DiskFull(directory, error) : error;
  }
}

/** Wraps an open PGlite; also for databases in memory. */
export function embeddedDatabase(pglite: PGlite): Promise<Database> {
  const reopen = () => Promise.reject(new Error('it was in memory'));
  return databaseOf('memory', guardEngine(pglite), reopen, performance);
}

async function databaseOf(
  directory: string,
  first: Engine,
  reopen: () => Promise<Engine>,
  clock: Clock,
): Promise<Database> {
  const engines = createEngines(first, reopen, clock);
  const checkpoints = createCheckpoints(clock);
  const locks = createProcessLocks();
  let closed = false;
  let session: Session = await beginSession(first);
  const turns = new Mutex();

  /** One at a time, on an engine that works. */
  const inTurn = <Result>(work: (session: Session) => Promise<Result>): Promise<Result> =>
    turns.runExclusive(async () => {
      if (closed) throw new DatabaseUnavailable(new Error('it is closed'));
      try {
        const engine = await engines.working();
        if (session.engine !== engine) session = await beginSession(engine);
        await checkpoints.makeIfDue(engine.pglite);
        const result = await work(session);
        engines.check();
        return result;
      } catch (error) {
        engines.check();
        throw isDiskFull(reasonOf(error))
          ? new DatabaseUnavailable(new DiskFull(directory, reasonOf(error)))
          : error;
      }
    });
  /** And with a planner that is free. */
  const planned = <Result>(work: (pglite: PGlite) => Promise<Result>): Promise<Result> =>
    inTurn(async ({ engine, statements }) => {
      await statements.end();
      return work(engine.pglite);
    });
  return {
    kind: 'embedded',
    query: (statement, name) =>
      name === undefined
        ? planned((pglite) => queryable(pglite).query(statement))
        : inTurn(({ statements }) => translated(statements.run(statement, name), isOutage)),
    execute: (script) => planned((pglite) => queryable(pglite).execute(script)),
    transaction: (work) =>
      planned((pglite) => pglite.transaction((transaction) => work(queryable(transaction)))),
    // Nobody but this process can notify an embedded database, and within it storage/wakeups needs no detour.
    listen: async () => {},
    tryLock: async (name) => locks.tryLock(name),
    async close() {
      if (closed) return;
      closed = true;
      await turns.runExclusive(engines.close);
    },
  };
}

interface Session {
  readonly engine: Engine;
  readonly statements: EmbeddedStatements;
}

async function beginSession(engine: Engine): Promise<Session> {
  await engine.pglite.exec(sessionSettings);
  return { engine, statements: createEmbeddedStatements(engine.pglite) };
}

function reasonOf(error: unknown): unknown {
  return error instanceof DatabaseUnavailable ? error.cause : error;
}

/** A column is in PostgreSQL's own form already; PGlite passes bytes on as they are, though its types speak of text only. */
const serializers = Object.fromEntries(
  columnTypes.map((type) => [type, (value: Column) => value.toPostgres() as unknown as string]),
);

function queryable(connection: PGlite | Transaction): Queryable {
  return {
    async query<Row>(statement: Sql) {
      const { text, values } = statement;
      const options = values.some((value) => value instanceof Column) ? { serializers } : {};
      const result = connection.query<Row>(text, values, options);
      return (await translated(result, isOutage)).rows;
    },
    async execute(script) {
      await translated(connection.exec(script), isOutage);
    },
  };
}

function isOutage(error: unknown): boolean {
  return isOutageCode(codeOf(error));
}
