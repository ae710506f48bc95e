/**
 * The embedded database: PostgreSQL compiled to WebAssembly, in this process and in one directory. It keeps
 * everything that it committed through a kill of the process; it does not fsync, so a power cut can lose the last
 * writes. One process at a time: the data directory is locked elsewhere.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { Mutex, PGlite, type Transaction } from '@electric-sql/pglite';
import type { Sql } from 'sql-template-tag';
import { Column, columnTypes } from './columns.ts';
import { type Database, DatabaseUnavailable, type Queryable } from './database.ts';
import { codeOf, isOutageCode, translated } from './outage.ts';
import { createEmbeddedStatements } from './pglite-statements.ts';
import { createProcessLocks } from './process-locks.ts';

const sessionSettings =
  "set search_path to posthorn; set time zone 'UTC'; set client_min_messages to warning;";

/** @throws when the directory holds something that is not a database this version can read. */
export async function openEmbedded(directory: string): Promise<Database> {
  if (!existsSync(directory)) await initialise(directory);
  const pglite = await PGlite.create({ dataDir: directory });
  return embeddedDatabase(pglite);
}

/** Initialised beside its place and renamed into it: a directory that was interrupted half-way is never opened. */
async function initialise(directory: string): Promise<void> {
  const unfinished = `${directory}.initialising`;
  await rm(unfinished, { recursive: true, force: true });
  // The files in it are made readable to all.
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  const pglite = await PGlite.create({ dataDir: unfinished });
  await pglite.close();
  await rename(unfinished, directory);
}

/** Wraps an open PGlite; also for databases in memory. */
export async function embeddedDatabase(pglite: PGlite): Promise<Database> {
  await pglite.exec(sessionSettings);
  const locks = createProcessLocks();
  let closed = false;
  const whileOpen = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (closed) throw new DatabaseUnavailable(new Error('it is closed'));
    return work();
  };
  const statements = createEmbeddedStatements(pglite);
  const turns = new Mutex();
  /** One at a time, and with a planner that is free. */
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> =>
    whileOpen(() =>
      turns.runExclusive(async () => {
        await statements.end();
        return work();
      }),
    );
  const byName = <Row>(statement: Sql, name: string): Promise<Row[]> =>
    whileOpen(() => turns.runExclusive(() => translated(statements.run<Row>(statement, name), isOutage)));
  return {
    kind: 'embedded',
    query: (statement, name) =>
      name === undefined ? inTurn(() => queryable(pglite).query(statement)) : byName(statement, name),
    execute: (script) => inTurn(() => queryable(pglite).execute(script)),
    transaction: (work) => inTurn(() => pglite.transaction((transaction) => work(queryable(transaction)))),
    // Nobody but this process can notify an embedded database, and within it storage/wakeups needs no detour.
    listen: async () => {},
    tryLock: async (name) => locks.tryLock(name),
    async close() {
      if (closed) return;
      closed = true;
      await pglite.close();
    },
  };
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
