/** One event with its deliveries and every attempt, for the platform that published it. */
import sql, { type Sql } from 'sql-template-tag';
import type { DeliveryStatus } from '../domain/delivery.ts';
import { lowestIdAt, momentOf } from '../domain/identifier.ts';
import type { Queryable } from './database.ts';
import { type AttemptRecord, type DeliveryRow, deliveryRows, findAttempts } from './delivery-records.ts';

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

export async function findEvent(db: Queryable, id: string): Promise<EventRecord | null> {
  const [event] = await db.query<EventRow>(
    sql`select id, account_id, name, producer_id, body_tail from events where id = ${id}`,
  );
  if (event === undefined) return null;
  const deliveries = await db.query<DeliveryRow>(deliveriesOf(event));
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

/** They share the millisecond of their event: they stand in one narrow range of identifiers, of its webhooks. */
function deliveriesOf(event: EventRow): Sql {
  const moment = momentOf(event.id);
  const inRange = sql`
    id >= ${lowestIdAt(moment)}::uuid and id < ${lowestIdAt(new Date(moment.getTime() + 1))}::uuid
    and event_id = ${event.id} and webhook_id in (select id from webhooks where account_id = ${event.account_id})`;
  return sql`${deliveryRows(inRange)} order by id`;
}

function deliveryOf(row: DeliveryRow, attempts: readonly AttemptRecord[]): DeliveryRecord {
  return {
    id: row.id,
    webhookId: row.webhook_id,
    status: row.status,
    attempts,
    nextAttemptAt: row.due_at,
    createdAt: momentOf(row.id),
    completedAt: row.finished_at,
  };
}
