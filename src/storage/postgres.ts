/**
 * PostgreSQL as a server: a pool for named statements, a pool for all others, and one session of its own for notifications
 * and locks. It outlives every outage: a lost connection is replaced, a statement that could not be run fails with
 * DatabaseUnavailable.
 */
import pg from 'pg';
import type { Sql } from 'sql-template-tag';
import { type Database, DatabaseUnavailable, type Queryable } from './database.ts';
import { codeOf, isOutageCode, translated } from './outage.ts';
import { createPostgresSession } from './postgres-session.ts';

export interface PostgresOptions {
  readonly url: string;
  /** For everything but named statements, which have four of their own. */
  readonly connectionsMax: number;
  /** Called with what went wrong outside of any statement: an idle connection lost, a session to be opened anew. */
  readonly onTrouble: (error: unknown) => void;
  /**
   * Of a statement that may read much; a script, such as a migration, may take as long as its tables are large. Default: 30 s.
   */
  readonly queryTimeoutMs?: number;
}

const connectTimeoutMs = 5000;
/** Longer than any statement of ours takes on a database that answers. */
const defaultQueryTimeoutMs = 30_000;
/** Named statements, locks and notifications take milliseconds; publishing must not hang for half a minute on a dead connection. */
const promptTimeoutMs = 10_000;
/** For the driver "none" would be the one of its connection. That a server is gone is found out without it. */
const scriptTimeoutMs = 86_400_000;
/** A server that is silent answers no goodbye either. */
const goodbyeMsMax = 1000;
/** Publishing, claiming, recording and the leases' upkeep at the same time. */
const namedConnectionsMax = 4;

export function openPostgres({
  url,
  connectionsMax,
  onTrouble,
  queryTimeoutMs = defaultQueryTimeoutMs,
}: PostgresOptions): Database {
  const connection = {
    connectionString: url,
    application_name: 'posthorn',
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    // A connection that was cut without a word is found out, and what hangs on it fails like any other outage.
    keepAliveInitialDelayMillis: 10_000,
    query_timeout: queryTimeoutMs,
  };
  const pool = new pg.Pool({
    ...connection,
    max: connectionsMax,
    onConnect: (client) => prepareConnection(client, queryTimeoutMs),
  });
  const namedTimeoutMs = Math.min(queryTimeoutMs, promptTimeoutMs);
  const prompt = { ...connection, query_timeout: namedTimeoutMs };
  const namedPool = new pg.Pool({
    ...prompt,
    max: namedConnectionsMax,
    onConnect: (client) => prepareForNamed(client, namedTimeoutMs),
  });
  pool.on('error', onTrouble);
  namedPool.on('error', onTrouble);
  const session = createPostgresSession(() => new pg.Client(prompt), onTrouble);
  const { query, execute } = queryable(pool, queryTimeoutMs);
  const { query: queryByName } = queryable(namedPool, namedTimeoutMs);
  let closed = false;
  const whileOpen = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (closed) throw new DatabaseUnavailable(new Error('it is closed'));
    return work();
  };
  return {
    kind: 'server',
    query: (statement, name) =>
      whileOpen(() => (name === undefined ? query(statement) : queryByName(statement, name))),
    execute: (script) => whileOpen(() => execute(script)),
    transaction: (work) => whileOpen(() => inTransaction(pool, queryTimeoutMs, work)),
    listen: session.listen,
    tryLock: session.tryLock,
    async close() {
      if (closed) return;
      closed = true;
      const goodbye = Promise.all([session.close(), pool.end(), namedPool.end()]);
      await Promise.race([goodbye, after(goodbyeMsMax)]);
    },
  };
}

/**
 * The server is told the time too: a statement that is given up here would go on there, and one that is asked for again and
 * again would take all that the server has.
 */
async function prepareConnection(client: pg.ClientBase, timeoutMs: number): Promise<void> {
  await client.query(`
    set search_path to posthorn; set time zone 'UTC'; set client_min_messages to warning;
    set statement_timeout to ${timeoutMs};`);
}

/**
 * A plan that is kept must hold for an empty table and for a million rows, whatever the statistics say on the day it is
 * made: named statements go by index from row to row, and the planner is left no other choice.
 */
async function prepareForNamed(client: pg.ClientBase, timeoutMs: number): Promise<void> {
  await prepareConnection(client, timeoutMs);
  await client.query(`
    set plan_cache_mode to force_generic_plan; set jit to off; set work_mem to '16MB';
    set enable_seqscan to off; set enable_hashjoin to off; set enable_mergejoin to off;`);
}

function queryable(connection: pg.Pool | pg.PoolClient, timeoutMs: number): Queryable {
  return {
    async query<Row>({ text, values }: Sql, name?: string) {
      const config = name === undefined ? { text, values } : { name, text, values };
      const result = await translated(connection.query(config), isOutage);
      return result.rows as Row[];
    },
    async execute(script) {
      // For the script alone: what follows in its transaction has its time again.
      const config: pg.QueryConfig & Pick<pg.ClientConfig, 'query_timeout'> = {
        text: `set local statement_timeout to 0; ${script}\n; set local statement_timeout to ${timeoutMs}`,
        query_timeout: scriptTimeoutMs,
      };
      await translated(connection.query(config), isOutage);
    },
  };
}

async function inTransaction<Result>(
  pool: pg.Pool,
  timeoutMs: number,
  work: (transaction: Queryable) => Promise<Result>,
): Promise<Result> {
  const client = await translated(pool.connect(), isOutage);
  // A connection that is lost between two statements fails the next one; unheard, it would end the process.
  client.on('error', ignored);
  let broken: Error | undefined;
  try {
    await translated(client.query('begin'), isOutage);
    const result = await work(queryable(client, timeoutMs));
    const { command } = await translated(client.query('commit'), isOutage);
    if (command !== 'COMMIT')
      throw new Error('the transaction was rolled back: a statement in it had failed');
    return result;
  } catch (error) {
    if (isSilent(error)) broken = error;
    else {
      await client.query('rollback').catch((failure: Error) => {
        // The connection cannot even roll back: it must not go back into the pool.
        broken = failure;
      });
    }
    throw error;
  } finally {
    client.off('error', ignored);
    client.release(broken);
  }
}

/** The driver has given up on a statement: a rollback behind it would wait as long, and be given up as well. */
function isSilent(error: unknown): error is DatabaseUnavailable {
  return error instanceof DatabaseUnavailable && codeOf(error.cause) === '';
}

function ignored(): void {}

function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}

const socketCodes = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

function isOutage(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isOutage);
  const code = codeOf(error);
  if (code !== '') return isOutageCode(code) || socketCodes.has(code);
  // pg reports a lost or unopened connection by its text only.
  return error instanceof Error && /connection|timeout|not queryable/i.test(error.message);
}
