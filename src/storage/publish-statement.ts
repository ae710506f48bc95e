/**
 * The one statement of publishing. It joins nothing that it made itself with one another: its cost grows with the number
 * of deliveries and with nothing else, by whatever plan.
 */
import sql, { type Sql } from 'sql-template-tag';
import type { NewEvent } from '../domain/event.ts';
import { aliasOf, parentOf, patternsOf } from '../domain/event-type.ts';
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

/** One for each event that was stored. */
export interface StoredRow {
  kind: 'stored';
  event_id: string;
  deliveries: number;
}

/** One for each delivery that was leased. */
export interface LeasedRow {
  kind: 'leased';
  event_id: string;
  webhook_id: string;
  delivery_id: string;
  field: string;
  endpoint_url: string;
  sealed_secret: string;
  sealed_previous_secret: string | null;
  retry_count: number;
  timeout_seconds: number;
}

/** One for each webhook that has deliveries to be claimed. */
export interface ReadyRow {
  kind: 'ready';
  webhook_id: string;
  account_id: string;
  is_failing: boolean;
}

/** One for each key that was known: the first event with it. */
export interface RepeatedRow {
  kind: 'repeated';
  event_id: string;
  account_id: string;
  producer_id: string;
}

export type PublishRow = StoredRow | LeasedRow | ReadyRow | RepeatedRow;

export function publishStatement(events: readonly NewEvent[], offer: LeaseOffer | null): Sql {
  const column = <Value>(pick: (event: NewEvent) => Value) => events.map(pick);
  const taken = JSON.stringify(Object.fromEntries(offer?.taken ?? []));
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
    -- One row for each delivery, or one without a webhook for an event that nobody listens to. The first row of an event
    -- carries its body.
    matched as (
      select item.id, item.account_id, item.name, item.producer_id, item.position,
             coalesce(webhook.nth, 1) = 1 as is_first, coalesce(webhook.count, 0)::int as deliveries,
             case when coalesce(webhook.nth, 1) = 1 then item.body_tail end as body_tail,
             webhook.id as webhook_id, sibling_id(item.id) as delivery_id,
             case when item.alias is null or item.parent = any(webhook.event_types)
               then item.parent else item.alias end as field,
             webhook.endpoint_url, webhook.sealed_secret,
             case when webhook.previous_secret_until > clock_now() then webhook.sealed_previous_secret end
               as sealed_previous_secret,
             webhook.retry_count, webhook.timeout_seconds, webhook.consecutive_failures > 0 as is_failing
      from item
      left join lateral (
        select webhook.*, row_number() over () as nth, count(*) over () as count
        from accounts account
        join webhooks webhook on webhook.account_id = account.id and webhook.is_active
          and webhook.patterns && array[item.family, item.name]
        where account.id = item.account_id and account.status = 'active'
      ) webhook on true
      where item.producer_id is null or item.id in (select event_id from key)
    ),
    delivery as (
      select *,
             not is_failing
               and row_number() over (order by position) <= ${offer?.slots ?? 0}::int
               and row_number() over (partition by webhook_id order by position)
                 <= ${offer?.slotsPerWebhook ?? 0}::int - coalesce((${taken}::jsonb -> webhook_id::text)::int, 0)
               as is_leased
      from matched where webhook_id is not null
    ),
    fan_out as (
      insert into pending_deliveries (webhook_id, id, event_id, event_name, field, due_at, lease)
      select webhook_id, delivery_id, id, name, field,
             case when is_leased then ${leaseEnd} else clock_now() end,
             case when is_leased then ${offer?.lease ?? null}::uuid end
      from delivery
    ),
    stored as (
      insert into events (id, account_id, name, producer_id, body_tail, deliveries)
      select id, account_id, name, producer_id, body_tail, deliveries from matched where is_first
    )
    select 'stored' as kind, id as event_id, deliveries, null::uuid as account_id, null as producer_id,
           null::uuid as webhook_id, null::boolean as is_failing, null::uuid as delivery_id, null as field,
           null as endpoint_url, null as sealed_secret, null as sealed_previous_secret,
           null::int as retry_count, null::int as timeout_seconds
    from matched where is_first
    union all
    select 'leased', id, null, null, null, webhook_id, null, delivery_id, field,
           endpoint_url, sealed_secret, sealed_previous_secret, retry_count, timeout_seconds
    from delivery where is_leased
    union all
    select distinct 'ready', null::uuid, null::int, account_id, null, webhook_id, is_failing, null::uuid, null,
           null, null, null, null::int, null::int
    from delivery where not is_leased
    union all
    select 'repeated', event_id, null, account_id, producer_id, null, null, null, null, null, null, null, null, null
    from key where event_id not in (select id from item)`;
}
