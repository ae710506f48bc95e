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
  type Batch,
  batchOf,
  type LeasedRow,
  type LeaseOffer,
  type MatchRow,
  type PublishRow,
  publishStatement,
  type RepeatedRow,
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
  const batch = batchOf(events);
  const rows = await db.query<PublishRow>(publishStatement(batch, offer), 'publish-events');
  const matches = rows.filter((row) => row.kind === 'match');
  const leased = rows.filter((row) => row.kind === 'leased');
  const repeated = rows.filter((row) => row.kind === 'repeated');
  return {
    events: await answersOf(db, batch, matches, repeated),
    leased: offer === null ? [] : leasedOf(batch, matches, leased, offer),
    ready: readyOf(batch, matches, leased),
  };
}

function leasedOf(
  { events }: Batch,
  matches: readonly MatchRow[],
  leased: readonly LeasedRow[],
  { lease }: LeaseOffer,
): LeasedDelivery[] {
  const matchesByKey = new Map(matches.map((match) => [`${match.topic} ${match.webhook_id}`, match]));
  return leased.flatMap((row) => {
    const match = matchesByKey.get(`${row.topic} ${row.webhook_id}`);
    const event = events[row.position - 1];
    if (match === undefined || event === undefined) return [];
    return {
      id: row.delivery_id,
      webhookId: row.webhook_id,
      lease,
      eventName: event.name,
      field: match.field,
      bodyTail: event.bodyTail,
      attempts: 0,
      endpointUrl: match.endpoint_url,
      sealedSecret: match.sealed_secret,
      sealedPreviousSecret: match.sealed_previous_secret,
      retryCount: match.retry_count,
      timeoutSeconds: match.timeout_seconds,
    };
  });
}

/** The lanes of which not everything was leased. One that got nothing but repetitions is named for nothing, which harms nobody. */
function readyOf({ topics }: Batch, matches: readonly MatchRow[], leased: readonly LeasedRow[]): Lane[] {
  const counts = new Map<string, number>();
  for (const { topic, webhook_id: webhookId } of leased) {
    const key = `${topic} ${webhookId}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return matches
    .filter((match) => {
      const published = topics[match.topic - 1]?.count ?? 0;
      return (counts.get(`${match.topic} ${match.webhook_id}`) ?? 0) < published;
    })
    .map((match) => ({
      webhookId: match.webhook_id,
      accountId: match.account_id,
      isRetry: false,
      isFailing: match.is_failing,
    }));
}

/** In the order in which the events were published; a repetition is answered with the first event and its deliveries. */
async function answersOf(
  db: Queryable,
  { events, order, topics }: Batch,
  matches: readonly MatchRow[],
  repeated: readonly RepeatedRow[],
): Promise<PublishedEvent[]> {
  const firsts = new Map(repeated.map((row) => [keyOf(row.account_id, row.producer_id), row.event_id]));
  const deliveries = await findDeliveryCounts(db, [...firsts.values()]);
  const fanOuts = topics.map(() => 0);
  for (const { topic } of matches) fanOuts[topic - 1] = (fanOuts[topic - 1] ?? 0) + 1;
  for (const [n, { first, count }] of topics.entries()) {
    for (const { id } of events.slice(first - 1, first - 1 + count)) deliveries.set(id, fanOuts[n] ?? 0);
  }
  const places = [...order.keys()].sort((a, b) => (order[a] ?? 0) - (order[b] ?? 0));
  return places.flatMap((place) => {
    const event = events[place];
    if (event === undefined) return [];
    const id = firstOf(event, firsts);
    return { id, deliveries: deliveries.get(id) ?? 0, duplicate: id !== event.id };
  });
}

/** Of several events with one key in a batch the first counts: it is noted for those after it. */
function firstOf({ id, accountId, producerId }: NewEvent, firsts: Map<string, string>): string {
  if (producerId === null) return id;
  const key = keyOf(accountId, producerId);
  const first = firsts.get(key) ?? id;
  firsts.set(key, first);
  return first;
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
