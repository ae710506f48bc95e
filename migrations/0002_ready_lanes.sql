-- The queue in two indexes, each row in one of them: what is ready to be sent, by webhook, and what comes back at a
-- time, by that time. Neither grows with what the other holds: finding work costs nothing for webhooks that only wait.
--
-- A lease is still a due time in the future with a token on it; new is that a delivery that waits for its retry is
-- leased as well, to nobody (the nil UUID), and that a delivery without a lease is ready. Processes of the version before
-- go on working beside this one: they look at due_at alone, and what they postpone (without a lease, due later) is not
-- taken before its time.

update pending_deliveries set lease = '00000000-0000-0000-0000-000000000000'
where lease is null and due_at > clock_now();

-- Building the indexes locks publishing out for about two seconds per million unfinished deliveries. All that this file and the
-- next change is locked now, in the order in which the version before uses it within a statement: one that held a table and
-- waited for another would make this transaction wait for it in turn, and be a deadlock.
lock table erasures, dedup_keys, pending_deliveries, deliveries in access exclusive mode;

create index pending_deliveries_ready on pending_deliveries (webhook_id, (attempts > 0), id) where lease is null;
create index pending_deliveries_calendar on pending_deliveries (due_at) where lease is not null;
drop index pending_deliveries_due;

-- Identifies the delivery of an event to a webhook: the time of the event, and a hash of both. Without randomness and
-- without a detour over text it costs a fifth of sibling_id.
create function delivery_id(event_id uuid, webhook_id uuid) returns uuid language sql immutable as $$
  select encode(
    substring(uuid_send(event_id) for 8)
      || int8send(uuid_hash_extended(event_id, uuid_hash_extended(webhook_id, 0)) & x'3fffffffffffffff'::int8 | x'8000000000000000'::int8),
    'hex')::uuid
$$;

-- Found by webhook, never by their identifier alone; that there is one row of each, the lease guards.
alter table deliveries drop constraint deliveries_pkey;

-- Read once an hour, by age, in the order in which the rows were written: a few bytes a page do for that.
drop index dedup_keys_age;
create index dedup_keys_age on dedup_keys using brin (created_at) with (pages_per_range = 16, autosummarize = on);

-- A queue lives off its dead rows being cleared away: by their number and not by a share of the table, without resting
-- in between, and with statistics that are never an hour old.
alter table pending_deliveries set (
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 20000,
  autovacuum_vacuum_insert_scale_factor = 0,
  autovacuum_vacuum_insert_threshold = 200000,
  autovacuum_analyze_scale_factor = 0,
  autovacuum_analyze_threshold = 100000,
  autovacuum_vacuum_cost_delay = 0
);
-- One row a webhook, updated with every batch of its deliveries: room for the new version on the page of the old one.
alter table webhooks set (
  fillfactor = 70,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_cost_delay = 0
);
