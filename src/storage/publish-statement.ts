/**
 * The one statement of publishing. Webhooks are matched once for each topic of the batch, which is an account and an event
 * type; what belongs together is then found by its place in the batch and never by a join.
 */
import sql, { type Sql } from 'sql-template-tag';
import type { NewEvent } from '../domain/event.ts';
import { aliasOf, parentOf, patternsOf } from '../domain/event-type.ts';
import { booleans, integers, texts, uuids } from './columns.ts';
import { leaseEnd } from './leases.ts';
import { repetitionHours } from './retention.ts';

/** How much of what it publishes a process would send at once. */
export interface LeaseOffer {
  /** The token of the process. */
  readonly lease: string;
  readonly slots: number;
  readonly slotsPerWebhook: number;
  /** What is taken of a webhook's slots already. One whose deliveries have to queue has none left. */
  readonly taken: ReadonlyMap<string, number>;
}

/** One for each webhook that a topic matched. */
export interface MatchRow {
  kind: 'match';
  /** Of the topic in the batch, 1-based. */
  topic: number;
  webhook_id: string;
  account_id: string;
  field: string;
  endpoint_url: string;
  sealed_secret: string;
  sealed_previous_secret: string | null;
  retry_count: number;
  timeout_seconds: number;
  is_failing: boolean;
}

/** One for each delivery that was leased. */
export interface LeasedRow {
  kind: 'leased';
  topic: number;
  webhook_id: string;
  /** Of its event in the batch, 1-based. */
  position: number;
  delivery_id: string;
}

/** One for each producer's id that was known: the first event with it. */
export interface RepeatedRow {
  kind: 'repeated';
  account_id: string;
  producer_id: string;
  event_id: string;
}

export type PublishRow = MatchRow | LeasedRow | RepeatedRow;

/** An account and an event type, and the events of them in the batch, which stand one after the other. */
export interface Topic {
  readonly accountId: string;
  readonly name: string;
  /** The position of its first event, 1-based. */
  readonly first: number;
  readonly count: number;
}

/** A batch in the order in which it is written: by topic. */
export interface Batch {
  readonly events: readonly NewEvent[];
  /** The places of the events as they were published. */
  readonly order: readonly number[];
  readonly topics: readonly Topic[];
}

export function batchOf(published: readonly NewEvent[]): Batch {
  const places = new Map<string, number[]>();
  for (const [place, { accountId, name }] of published.entries()) {
    const key = `${accountId} ${name}`;
    const known = places.get(key);
    if (known === undefined) places.set(key, [place]);
    else known.push(place);
  }
  const order = [...places.values()].flat();
  const events = order.flatMap((place) => published[place] ?? []);
  let next = 1;
  const topics = [...places.values()].flatMap(({ length: count }) => {
    const first = next;
    next += count;
    const event = events[first - 1];
    return event === undefined ? [] : [{ accountId: event.accountId, name: event.name, first, count }];
  });
  return { events, order, topics };
}

export function publishStatement({ events, order, topics }: Batch, offer: LeaseOffer | null): Sql {
  const column = <Value>(pick: (event: NewEvent) => Value) => events.map(pick);
  const families = topics.map(({ name }) => parentOf(name));
  const ids = uuids(column(({ id }) => id));
  const hasKey = booleans(column(({ producerId }) => producerId !== null));
  const topicOfEvent = integers(topics.flatMap(({ count }, n) => Array.from({ length: count }, () => n + 1)));
  const taken = JSON.stringify(Object.fromEntries(offer?.taken ?? []));
  return sql`
    with item as (
      select * from unnest(
        ${ids}::uuid[],
        ${uuids(column(({ accountId }) => accountId))}::uuid[],
        ${texts(column(({ name }) => name))}::text[],
        ${texts(column(({ producerId }) => producerId))}::text[],
        ${texts(column(({ bodyTail }) => bodyTail))}::text[],
        ${integers(order)}::int[],
        ${topicOfEvent}::int[]
      ) as item (id, account_id, name, producer_id, body_tail, place, topic)
    ),
    -- Of several events with one key in this batch the first counts.
    keyed as (
      select distinct on (account_id, producer_id) account_id, producer_id, id
      from item where producer_id is not null
      order by account_id, producer_id, place
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
    topic as (
      select * from unnest(
        ${uuids(topics.map(({ accountId }) => accountId))}::uuid[],
        ${texts(topics.map(({ name }) => name))}::text[],
        ${texts(families)}::text[],
        ${texts(families.map(aliasOf))}::text[],
        ${texts(topics.map(({ name }) => patternsOf(name).family))}::text[],
        ${integers(topics.map(({ first }) => first))}::int[],
        ${integers(topics.map(({ count }) => count))}::int[]
      ) with ordinality as topic (account_id, name, parent, alias, family, first, count, topic)
    ),
    match as (
      select topic.topic, topic.name, topic.account_id, topic.first, topic.count, webhook.id as webhook_id,
             case when topic.alias is null or topic.parent = any(webhook.event_types)
               then topic.parent else topic.alias end as field,
             webhook.endpoint_url, webhook.sealed_secret,
             case when webhook.previous_secret_until > clock_now() then webhook.sealed_previous_secret end
               as sealed_previous_secret,
             webhook.retry_count, webhook.timeout_seconds, webhook.consecutive_failures > 0 as is_failing,
             -- How many of the topic's events this process would send to it at once.
             case when webhook.consecutive_failures > 0 then 0
               else ${offer?.slotsPerWebhook ?? 0}::int - coalesce((${taken}::jsonb -> webhook.id::text)::int, 0)
             end as room
      from topic
      cross join lateral (
        select webhook.* from accounts account
        join webhooks webhook on webhook.account_id = account.id and webhook.is_active
          and webhook.patterns && array[topic.family, topic.name]
        where account.id = topic.account_id and account.status = 'active'
        offset 0
      ) webhook
    ),
    delivery as (
      select match.topic, match.webhook_id, match.name, match.field, position, event_id,
             delivery_id(event_id, match.webhook_id) as delivery_id,
             -- Slots that are short are shared out evenly: the first event to each webhook, then the second.
             has_room and row_number() over (partition by has_room order by position - match.first)
               <= ${offer?.slots ?? 0}::int as is_leased
      from match
      cross join lateral generate_series(match.first, match.first + match.count - 1) as position
      cross join lateral (select position - match.first < match.room as has_room) place
      cross join lateral (select (${ids}::uuid[])[position] as event_id) event
      where not (${hasKey}::boolean[])[position] or event_id in (select event_id from key)
    ),
    fan_out as (
      insert into pending_deliveries (webhook_id, id, event_id, event_name, field, due_at, lease)
      select webhook_id, delivery_id, event_id, name, field,
             case when is_leased then ${leaseEnd} else clock_now() end,
             case when is_leased then ${offer?.lease ?? null}::uuid end
      from delivery
    ),
    stored as (
      insert into events (id, account_id, name, producer_id, body_tail, deliveries)
      select id, account_id, name, producer_id, body_tail, coalesce((
          (select jsonb_object_agg(topic, count) from (select topic, count(*) from match group by topic) fan_out)
          -> item.topic::text)::int, 0)
      from item
      where producer_id is null or id in (select event_id from key)
    )
    select 'match' as kind, topic::int, webhook_id, account_id, field, endpoint_url, sealed_secret,
           sealed_previous_secret, retry_count, timeout_seconds, is_failing,
           null::int as position, null::uuid as delivery_id, null as producer_id, null::uuid as event_id
    from match
    union all
    select 'leased', topic::int, webhook_id, null, null, null, null,
           null, null, null, null,
           position, delivery_id, null, null
    from delivery where is_leased
    union all
    select 'repeated', null, null, account_id, null, null, null,
           null, null, null, null,
           null, null, producer_id, event_id
    from key where event_id not in (select id from item)`;
}
