/** One event with its deliveries and every attempt, for the platform that published it. */
import sql from 'sql-template-tag';
import type { DeliveryStatus } from '../domain/delivery.ts';
import { lowestIdAt, momentOf } from '../domain/identifier.ts';
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

export interface DeliveryRecord {
  readonly id: string;
  readonly webhookId: string;
  readonly status: DeliveryStatus;
  readonly attempts: readonly AttemptRecord[];
  /** Null when it is finished, or an attempt is under way. */
  readonly nextAttemptAt: Date | null;
  readonly createdAt: Date;
  readonly completedAt: Date | null;
}

export interface EventRecord {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly producerId: string | null;
  readonly bodyTail: string;
  readonly createdAt: Date;
  readonly deliveries: readonly DeliveryRecord[];
}

interface EventRow {
  id: string;
  account_id: string;
  name: string;
  producer_id: string | null;
  body_tail: string;
}

interface DeliveryRow {
  id: string;
  webhook_id: string;
  status: DeliveryStatus;
  attempts: number;
  due_at: Date | null;
  finished_at: Date | null;
  last_attempt_at: Date | null;
  last_duration_ms: number | null;
  status_code: number | null;
  response_body: string | null;
  error_message: string | null;
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

export async function findEvent(db: Queryable, id: string): Promise<EventRecord | null> {
  const [event] = await db.query<EventRow>(
    sql`select id, account_id, name, producer_id, body_tail from events where id = ${id}`,
  );
  if (event === undefined) return null;
  const deliveries = await findDeliveries(db, event);
  const attempts = await findAttempts(db, deliveries);
  return {
    id: event.id,
    accountId: event.account_id,
    name: event.name,
    producerId: event.producer_id,
    bodyTail: event.body_tail,
    createdAt: momentOf(event.id),
    deliveries: deliveries.map((row) => deliveryOf(row, attempts.get(row.id) ?? [])),
  };
}

/** Deliveries share the millisecond of their event: they stand in one narrow range of identifiers, of its webhooks. */
function findDeliveries(db: Queryable, event: EventRow): Promise<DeliveryRow[]> {
  const moment = momentOf(event.id);
  const inRange = sql`
    id >= ${lowestIdAt(moment)}::uuid and id < ${lowestIdAt(new Date(moment.getTime() + 1))}::uuid
    and event_id = ${event.id} and webhook_id in (select id from webhooks where account_id = ${event.account_id})`;
  return db.query<DeliveryRow>(sql`
    select id, webhook_id, case when attempts = 0 then 'pending' else 'retrying' end as status, attempts,
           case when lease is null or lease = ${nobody} then due_at end as due_at,
           null::timestamptz as finished_at, null::timestamptz as last_attempt_at, null::int as last_duration_ms,
           status_code, response_body, error_message
    from pending_deliveries where ${inRange}
    union all
    select id, webhook_id, status, attempts, null, finished_at, last_attempt_at, last_duration_ms,
           status_code, response_body, error_message
    from deliveries where ${inRange}
    order by id`);
}

async function findAttempts(
  db: Queryable,
  deliveries: readonly DeliveryRow[],
): Promise<Map<string, AttemptRecord[]>> {
  const tried = deliveries.filter(({ attempts }) => attempts > 0).map(({ id }) => id);
  const found = new Map<string, AttemptRecord[]>();
  if (tried.length === 0) return found;
  const rows = await db.query<AttemptRow>(sql`
    select delivery_id, number, started_at, duration_ms, status_code, response_body, error_message
    from attempts where delivery_id = any(${tried}::uuid[]) order by delivery_id, number`);
  for (const row of rows) {
    const attempts = found.get(row.delivery_id) ?? [];
    attempts.push({
      number: row.number,
      startedAt: row.started_at,
      durationMs: row.duration_ms,
      statusCode: row.status_code,
      responseBody: row.response_body,
      errorMessage: row.error_message,
    });
    found.set(row.delivery_id, attempts);
  }
  return found;
}

function deliveryOf(row: DeliveryRow, earlier: readonly AttemptRecord[]): DeliveryRecord {
  return {
    id: row.id,
    webhookId: row.webhook_id,
    status: row.status,
    attempts: [...earlier, ...lastAttemptOf(row)],
    nextAttemptAt: row.due_at,
    createdAt: momentOf(row.id),
    completedAt: row.finished_at,
  };
}

/** The last attempt of a finished delivery stands in its own row; a delivery that was closed without one has none there. */
function lastAttemptOf(row: DeliveryRow): AttemptRecord[] {
  if (row.last_attempt_at === null) return [];
  return [
    {
      number: row.attempts,
      startedAt: row.last_attempt_at,
      durationMs: row.last_duration_ms,
      statusCode: row.status_code,
      responseBody: row.response_body,
      errorMessage: row.error_message,
    },
  ];
}
