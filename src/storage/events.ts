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
  type KeyRow,
  type LeasedRow,
  type LeaseOffer,
  type MatchRow,
  type PublishRow,
  publishStatement,
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
  const keys = rows.filter((row) => row.kind === 'key');
  return {
    events: await answersOf(db, batch, matches, keys),
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
  keys: readonly KeyRow[],
): Promise<PublishedEvent[]> {
  const fanOuts = topics.map(() => 0);
  for (const { topic } of matches) fanOuts[topic - 1] = (fanOuts[topic - 1] ?? 0) + 1;
  const deliveries = new Map<string, number>();
  for (const [n, { first, count }] of topics.entries()) {
    for (const { id } of events.slice(first - 1, first - 1 + count)) deliveries.set(id, fanOuts[n] ?? 0);
  }
  const firsts = new Map(keys.map((key) => [keyOf(key.account_id, key.producer_id), key.event_id]));
  const earlier = keys.map((key) => key.event_id).filter((id) => !deliveries.has(id));
  for (const [id, count] of await findDeliveryCounts(db, earlier)) deliveries.set(id, count);

  const answers: PublishedEvent[] = [];
  for (const [n, event] of events.entries()) {
    const id = event.producerId === null ? event.id : firsts.get(keyOf(event.accountId, event.producerId));
    if (id === undefined) throw new Error(`the key of event ${event.id} was not stored`);
    answers[order[n] ?? n] = { id, deliveries: deliveries.get(id) ?? 0, duplicate: id !== event.id };
  }
  return answers;
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
