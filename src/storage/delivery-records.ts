/**
 * A delivery with every attempt, wherever it stands: in the queue while it is unfinished, in the log afterwards. All its
 * attempts are rows of `attempts`, but the last one of a finished delivery, which stands in its own row.
 */
import sql, { type Sql } from 'sql-template-tag';
import type { DeliveryStatus } from '../domain/delivery.ts';
import type { Queryable } from './database.ts';
import { nobody } from './leases.ts';

export interface AttemptRecord {
  /** 1-based. */
  readonly number: number;
  readonly startedAt: Date;
  readonly durationMs: number | null;
  readonly statusCode: number | null;
  readonly responseBody: string | null;
  readonly errorMessage: string | null;
}

export interface DeliveryRow {
  id: string;
  webhook_id: string;
  event_id: string;
  event_name: string;
  field: string;
  status: DeliveryStatus;
  attempts: number;
  /** Null when it is finished, or an attempt is under way. */
  due_at: Date | null;
  first_attempt_at: Date | null;
  finished_at: Date | null;
  /** Null while it is unfinished, and when it was closed without an attempt. */
  last_attempt_at: Date | null;
  last_duration_ms: number | null;
  status_code: number | null;
  response_body: string | null;
  error_message: string | null;
}

/** A query for rows of that shape; the condition is on columns that queue and log have in common. */
export function deliveryRows(condition: Sql): Sql {
  return sql`
    select id, webhook_id, event_id, event_name, field,
           case when attempts = 0 then 'pending' else 'retrying' end as status, attempts,
           case when lease is null or lease = ${nobody} then due_at end as due_at,
           first_attempt_at, null::timestamptz as finished_at, null::timestamptz as last_attempt_at,
           null::int as last_duration_ms, status_code, response_body, error_message
    from pending_deliveries where ${condition}
    union all
    select id, webhook_id, event_id, event_name, field, status, attempts, null,
           first_attempt_at, finished_at, last_attempt_at, last_duration_ms, status_code, response_body, error_message
    from deliveries where ${condition}`;
}

interface AttemptRow {
  delivery_id: string;
  number: number;
  started_at: Date;
  duration_ms: number;
  status_code: number | null;
  response_body: string | null;
  error_message: string | null;
}

/** By delivery, in their order: those that each row counts, also when another was made since it was read. */
export async function findAttempts(
  db: Queryable,
  deliveries: readonly DeliveryRow[],
): Promise<ReadonlyMap<string, readonly AttemptRecord[]>> {
  const tried = deliveries.filter(({ attempts }) => attempts > 0).map(({ id }) => id);
  const rows =
    tried.length === 0
      ? []
      : await db.query<AttemptRow>(sql`
          select delivery_id, number, started_at, duration_ms, status_code, response_body, error_message
          from attempts where delivery_id = any(${tried}::uuid[]) order by delivery_id, number`);
  const found = new Map<string, AttemptRecord[]>();
  for (const row of rows) found.set(row.delivery_id, [...(found.get(row.delivery_id) ?? []), attemptOf(row)]);
  return new Map(
    deliveries.map((delivery) => {
      const last = lastAttemptOf(delivery);
      const before = last === null ? delivery.attempts + 1 : delivery.attempts;
      const earlier = (found.get(delivery.id) ?? []).filter(({ number }) => number < before);
      return [delivery.id, last === null ? earlier : [...earlier, last]];
    }),
  );
}

function attemptOf(row: AttemptRow): AttemptRecord {
  return {
    number: row.number,
    startedAt: row.started_at,
    durationMs: row.duration_ms,
    statusCode: row.status_code,
    responseBody: row.response_body,
    errorMessage: row.error_message,
  };
}

function lastAttemptOf(row: DeliveryRow): AttemptRecord | null {
  if (row.last_attempt_at === null) return null;
  return {
    number: row.attempts,
    startedAt: row.last_attempt_at,
    durationMs: row.last_duration_ms,
    statusCode: row.status_code,
    responseBody: row.response_body,
    errorMessage: row.error_message,
  };
}
