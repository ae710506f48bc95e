/**
 * PostgreSQL as a server: a pool for statements and one session of its own for notifications and locks. It outlives
 * every outage: a lost connection is replaced, a statement that could not be run fails with DatabaseUnavailable.
 */
import pg from 'pg';
import type { Sql } from 'sql-template-tag';
import { type Database, DatabaseUnavailable, type Queryable } from './database.ts';
import { createPostgresSession } from './postgres-session.ts';

export interface PostgresOptions {
  readonly url: string;
  readonly connectionsMax: number;
  /** Called with what went wrong outside of any statement: an idle connection lost, a session to be opened anew. */
  readonly onTrouble: (error: unknown) => void;
}

const connectTimeoutMs = 5000;

export function openPostgres({ url, connectionsMax, onTrouble }: PostgresOptions): Database {
  const connection = {
    connectionString: url,
    application_name: 'posthorn',
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
  };
  const pool = new pg.Pool({ ...connection, max: connectionsMax, onConnect: prepareConnection });
  pool.on('error', onTrouble);
  const session = createPostgresSession(() => new pg.Client(connection), onTrouble);
  return {
    kind: 'server',
    ...queryable(pool),
    transaction: (work) => inTransaction(pool, work),
    listen: session.listen,
    tryLock: session.tryLock,
    async close() {
      await session.close();
      await pool.end();
    },
  };
}

async function prepareConnection(client: pg.ClientBase): Promise<void> {
  await client.query("set search_path to posthorn; set time zone 'UTC'; set client_min_messages to warning;");
}

function queryable(connection: pg.Pool | pg.PoolClient): Queryable {
  return {
    async query<Row>(statement: Sql) {
      const { text, values } = statement;
      const result = await translated(connection.query({ text, values }));
      return result.rows as Row[];
    },
    async execute(script) {
      await translated(connection.query(script));
    },
  };
}

async function inTransaction<Result>(
  pool: pg.Pool,
  work: (transaction: Queryable) => Promise<Result>,
): Promise<Result> {
  const client = await translated(pool.connect());
  let broken: Error | undefined;
  try {
    await translated(client.query('begin'));
    const result = await work(queryable(client));
    await translated(client.query('commit'));
    return result;
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      // The connection cannot even roll back: it must not go back into the pool.
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

async function translated<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw isOutage(error) ? new DatabaseUnavailable(error) : error;
  }
}

/**
 * Classes of https://www.postgresql.org/docs/current/errcodes-appendix.html after which the same statement can
 * succeed unchanged: connection, resources, operator intervention, system; and read-only, serialization, deadlock.
 */
const outageCodes = /^(08|53|57P|58)|^(25006|40001|40P01|55P03|57014)$/;
const socketCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
]);

function isOutage(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isOutage);
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code !== '') return outageCodes.test(code) || socketCodes.has(code);
  // pg reports a lost or unopened connection by its text only.
  return /connection|timeout/i.test(error.message);
}
