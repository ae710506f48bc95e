/**
 * Publishing: dedup keys, events and their deliveries to every matching webhook, in one statement, so that they are
 * committed together or not at all. Matching happens in the database: there is no subscription cache to go stale.
 */
import sql from 'sql-template-tag';
import type { NewEvent, PublishedEvent } from '../domain/event.ts';
import { aliasOf, parentOf, patternsOf } from '../domain/event-type.ts';
import type { Queryable } from './database.ts';
import { repetitionHours } from './retention.ts';

interface PublishedRow {
  id: string;
  deliveries: number;
  duplicate: boolean;
}

/** One answer per event, in their order. */
export async function publishEvents(db: Queryable, events: readonly NewEvent[]): Promise<PublishedEvent[]> {
  const published = await db.query<PublishedRow>(publishStatement(events));
  return withFirstDeliveries(db, published);
}

function publishStatement(events: readonly NewEvent[]) {
  const column = <Value>(pick: (event: NewEvent) => Value) => events.map(pick);
  return sql`
    with item as (
      select * from unnest(
        ${column((event) => event.id)}::uuid[],
        ${column((event) => event.accountId)}::uuid[],
        ${column((event) => event.name)}::text[],
        ${column((event) => parentOf(event.name))}::text[],
        ${column((event) => aliasOf(parentOf(event.name)))}::text[],
        ${column((event) => patternsOf(event.name).family)}::text[],
        ${column((event) => event.producerId)}::text[],
        ${column((event) => event.bodyTail)}::text[]
      ) with ordinality as item (id, account_id, name, parent, alias, family, producer_id, body_tail, position)
    ),
    -- Of several events with one key in this batch the first counts.
    keyed as (
      select distinct on (account_id, producer_id) account_id, producer_id, id
      from item where producer_id is not null
      order by account_id, producer_id, position
    ),
    -- "do update" and not "do nothing": only so is a key that another transaction is just committing returned.
    -- Keys are taken in order, so that two batches with the same keys cannot wait for each other.
    key as (
      insert into dedup_keys as known (account_id, producer_id, event_id)
      select account_id, producer_id, id from keyed order by account_id, producer_id
      on conflict (account_id, producer_id) do update set
        event_id = case when known.created_at < clock_now() - make_interval(hours => ${repetitionHours})
          then excluded.event_id else known.event_id end,
        created_at = case when known.created_at < clock_now() - make_interval(hours => ${repetitionHours})
          then excluded.created_at else known.created_at end
      returning account_id, producer_id, event_id
    ),
    fresh as (
      select * from item where producer_id is null or id in (select event_id from key)
    ),
    fan_out as (
      insert into pending_deliveries (webhook_id, id, event_id, event_name, field, due_at)
      select webhook.id, sibling_id(fresh.id), fresh.id, fresh.name,
             case when fresh.alias is null or fresh.parent = any(webhook.event_types)
               then fresh.parent else fresh.alias end,
             clock_now()
      from fresh
      join accounts account on account.id = fresh.account_id and account.status = 'active'
      join webhooks webhook on webhook.account_id = fresh.account_id and webhook.is_active
        and webhook.patterns && array[fresh.family, fresh.name]
      returning event_id
    ),
    fanned_out as (
      select event_id, count(*)::int as deliveries from fan_out group by event_id
    ),
    stored as (
      insert into events (id, account_id, name, producer_id, body_tail, deliveries)
      select id, account_id, name, producer_id, body_tail, coalesce(fanned_out.deliveries, 0)
      from fresh left join fanned_out on fanned_out.event_id = fresh.id
    )
    select coalesce(key.event_id, item.id) as id,
           coalesce(fanned_out.deliveries, 0) as deliveries,
           coalesce(key.event_id <> item.id, false) as duplicate
    from item
    left join key on key.account_id = item.account_id and key.producer_id = item.producer_id
    left join fanned_out on fanned_out.event_id = item.id
    order by item.position`;
}

/** A repetition is answered with the deliveries of the first event, which another transaction may just have stored. */
async function withFirstDeliveries(db: Queryable, published: PublishedRow[]): Promise<PublishedEvent[]> {
  const repeated = published.filter(({ duplicate }) => duplicate).map(({ id }) => id);
  if (repeated.length === 0) return published;
  const rows = await db.query<{ id: string; deliveries: number }>(
    sql`select id, deliveries from events where id = any(${repeated}::uuid[])`,
  );
  const firsts = new Map(rows.map(({ id, deliveries }) => [id, deliveries]));
  return published.map((event) =>
    event.duplicate ? { ...event, deliveries: firsts.get(event.id) ?? 0 } : event,
  );
}
