/**
 * How many deliveries a query on the log of a webhook finds, exactly and in one snapshot: whole days by their counts,
 * whatever else row by row.
 */
import sql, { empty, join, type Sql } from 'sql-template-tag';
import { lowestIdAt } from '../domain/identifier.ts';
import type { Queryable } from './database.ts';
import type { WebhookEventFilter, WebhookEventQuery } from './webhook-event-filter.ts';

const dayMs = 86_400_000;

export async function countWebhookEvents(
  db: Queryable,
  query: Pick<WebhookEventQuery, 'from' | 'to'>,
  filter: WebhookEventFilter,
): Promise<number> {
  const [row] = await db.query<{ total: number }>(totalStatement(query, filter));
  return row?.total ?? 0;
}

/** Exported for the test of its plan. */
export function totalStatement(
  query: Pick<WebhookEventQuery, 'from' | 'to'>,
  { unfinished, finished, counted }: WebhookEventFilter,
): Sql {
  const terms = [
    ...(unfinished === null ? [] : [sql`(select count(*) from pending_deliveries where ${unfinished})`]),
    ...(finished === null ? [] : finishedTerms(query, finished, counted)),
  ];
  return sql`select (${join(terms, ' + ')})::int as total`;
}

function finishedTerms(
  { from, to }: Pick<WebhookEventQuery, 'from' | 'to'>,
  finished: Sql,
  counted: Sql | null,
): Sql[] {
  const firstDay = from === null ? -Infinity : Math.ceil(from.getTime() / dayMs);
  const endDay = to === null ? Infinity : Math.floor(to.getTime() / dayMs);
  if (counted === null || firstDay >= endDay) return [rows(finished)];
  const isWhole = sql`
    ${from === null ? empty : sql`and day >= date '1970-01-01' + ${firstDay}::int`}
    ${to === null ? empty : sql`and day < date '1970-01-01' + ${endDay}::int`}`;
  return [
    sql`(
      select coalesce(sum(deliveries), 0) from delivery_counts counts
      where ${counted} ${isWhole} and not exists (select from uncounted_days where day = counts.day)
    )`,
    // Day by day: as a join the planner may begin with the log.
    sql`(
      select coalesce(sum((
        select count(*) from deliveries where ${finished} and id >= lowest_id(day) and id < lowest_id(day + 1)
      )), 0) from uncounted_days where true ${isWhole}
    )`,
    ...(from === null ? [] : [rows(sql`${finished} and id < ${lowestIdAt(dateOf(firstDay))}::uuid`)]),
    ...(to === null ? [] : [rows(sql`${finished} and id >= ${lowestIdAt(dateOf(endDay))}::uuid`)]),
  ];
}

function rows(finished: Sql): Sql {
  return sql`(select count(*) from deliveries where ${finished})`;
}

function dateOf(day: number): Date {
  return new Date(day * dayMs);
}
