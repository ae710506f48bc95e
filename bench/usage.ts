/** What the service and its database have used so far; the difference of two is what a run took. */
import type pg from 'pg';

export interface Usage {
  readonly serviceCpuSeconds: number | null;
  /** Null also for the embedded database, which works in the service's process. */
  readonly postgresCpuSeconds: number | null;
  readonly statements: number | null;
}

export async function countStatements(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ calls: string }>(`
    select coalesce(sum(calls), 0) as calls from pg_stat_statements
    where userid = 'posthorn'::regrole and dbid = (select oid from pg_database where datname = current_database())`);
  return Number(rows[0]?.calls ?? 0);
}

/** For each of `count` deliveries, in microseconds and statements. */
export interface Cost {
  readonly serviceCpuUs: number | null;
  readonly postgresCpuUs: number | null;
  readonly statements: number | null;
}

export function costOf(before: Usage, after: Usage, count: number): Cost {
  const each = (key: keyof Usage, unit: number) => {
    const [from, to] = [before[key], after[key]];
    return from === null || to === null ? null : ((to - from) * unit) / count;
  };
  return {
    serviceCpuUs: each('serviceCpuSeconds', 1_000_000),
    postgresCpuUs: each('postgresCpuSeconds', 1_000_000),
    statements: each('statements', 1),
  };
}

export function costText({ serviceCpuUs, postgresCpuUs, statements }: Cost): string {
  if (serviceCpuUs === null) return 'n/a';
  const service = `${serviceCpuUs.toFixed(0)} µs`;
  if (postgresCpuUs === null || statements === null) return service;
  return `${service} + ${postgresCpuUs.toFixed(0)} µs, ${statements.toFixed(3)} SQL`;
}
