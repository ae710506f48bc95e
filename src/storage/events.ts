/**
 * Publishing: dedup keys, events and their deliveries to every matching webhook, in one statement, so that they are
 * committed together or not at all. Matching happens in the database: there is no subscription cache to go stale. A
 * process that has room for what it publishes leases it in the same statement, and need not claim it.
 */
import sql from 'sql-template-tag';
import type { LeasedDelivery } from '../domain/delivery.ts';
import type { NewEvent, PublishedEvent } from '../domain/event.ts';
import type { Lane } from '../domain/lane.ts';
import type { Queryable } from './database.ts';
import {
  type LeasedRow,
  type LeaseOffer,
  type PublishRow,
  publishStatement,
  type ReadyRow,
} from './publish-statement.ts';

export interface Published {
  /** One for each event, in their order. */
  readonly events: readonly PublishedEvent[];
  /** To be sent at once by whoever offered to. */
  readonly leased: readonly LeasedDelivery[];
  /** Where the other deliveries wait to be claimed. */
  readonly ready: readonly Lane[];
}

/** @param offer null: everything waits to be claimed */
export async function publishEvents(
  db: Queryable,
  events: readonly NewEvent[],
  offer: LeaseOffer | null,
): Promise<Published> {
  const rows = await db.query<PublishRow>(publishStatement(events, offer), 'publish-events');
  const stored = new Map<string, number>();
  const repeated = new Map<string, string>();
  const leased: LeasedDelivery[] = [];
  const ready: Lane[] = [];
  const eventsById = new Map(events.map((event) => [event.id, event]));
  for (const row of rows) {
    if (row.kind === 'stored') stored.set(row.event_id, row.deliveries);
    else if (row.kind === 'repeated') repeated.set(keyOf(row.account_id, row.producer_id), row.event_id);
    else if (row.kind === 'ready') ready.push(laneOfNew(row));
    else leased.push(...leasedOf(row, eventsById.get(row.event_id), offer));
  }
  return { events: await answersOf(db, events, stored, repeated), leased, ready };
}

/** A repetition is answered with the first event and its deliveries. */
async function answersOf(
  db: Queryable,
  events: readonly NewEvent[],
  stored: ReadonlyMap<string, number>,
  repeated: Map<string, string>,
): Promise<PublishedEvent[]> {
  const firsts = await findDeliveryCounts(db, [...repeated.values()]);
  return events.map(({ id, accountId, producerId }) => {
    const key = keyOf(accountId, producerId ?? '');
    const deliveries = stored.get(id);
    if (deliveries !== undefined) {
      if (producerId !== null) repeated.set(key, id);
      return { id, deliveries, duplicate: false };
    }
    const first = repeated.get(key);
    if (first === undefined) throw new Error(`event ${id} was neither stored nor known`);
    return { id: first, deliveries: stored.get(first) ?? firsts.get(first) ?? 0, duplicate: true };
  });
}

/** A statement of its own: another transaction may have stored the first event while this one waited for its key. */
async function findDeliveryCounts(db: Queryable, ids: readonly string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  const rows = await db.query<{ id: string; deliveries: number }>(
    sql`select id, deliveries from events where id = any(${ids}::uuid[])`,
  );
  return new Map(rows.map(({ id, deliveries }) => [id, deliveries]));
}

function keyOf(accountId: string, producerId: string): string {
  return `${accountId} ${producerId}`;
}

function laneOfNew(row: ReadyRow): Lane {
  return {
    webhookId: row.webhook_id,
    accountId: row.account_id,
    isRetry: false,
    isFailing: row.is_failing,
  };
}

function leasedOf(
  row: LeasedRow,
  event: NewEvent | undefined,
  offer: LeaseOffer | null,
): LeasedDelivery[] {
  if (event === undefined || offer === null) return [];
  return [
    {
      id: row.delivery_id,
      webhookId: row.webhook_id,
      lease: offer.lease,
      eventName: event.name,
      field: row.field,
      bodyTail: event.bodyTail,
      attempts: 0,
      endpointUrl: row.endpoint_url,
      sealedSecret: row.sealed_secret,
      sealedPreviousSecret: row.sealed_previous_secret,
      retryCount: row.retry_count,
      timeoutSeconds: row.timeout_seconds,
    },
  ];
}
