/** Where PostgreSQL spends its time for the service, statement by statement, by pg_stat_statements. */
import type pg from 'pg';

export interface StatementTime {
  readonly text: string;
  readonly calls: number;
  readonly totalMs: number;
  readonly meanMs: number;
}

export async function forgetStatementTimes(client: pg.Client): Promise<void> {
  await client.query('select pg_stat_statements_reset()');
}

/** The most expensive first. */
export async function statementTimes(client: pg.Client): Promise<StatementTime[]> {
  const { rows } = await client.query<{ query: string; calls: string; total: number; mean: number }>(`
    select query, calls, total_exec_time as total, mean_exec_time as mean from pg_stat_statements
    where userid = 'posthorn'::regrole and dbid = (select oid from pg_database where datname = current_database())
    order by total_exec_time desc`);
  return rows.map(({ query, calls, total, mean }) => ({
    text: query.replace(/\s+/g, ' ').trim(),
    calls: Number(calls),
    totalMs: total,
    meanMs: mean,
  }));
}

/** The claim is the one statement that leases what it has locked. Null when the build has none like that. */
export function claimOf(statements: readonly StatementTime[]): StatementTime | null {
  return (
    statements.find(
      ({ text }) =>
        /skip locked/i.test(text) &&
        /set lease =/i.test(text) &&
        /body_tail/i.test(text) &&
        !/delete from/i.test(text),
    ) ?? null
  );
}
