-- Totals, failures and erasures of a long log, without reading all of it. Locks nothing for longer than an instant.

-- How many finished deliveries the log holds, by webhook, day and status. Kept by a trigger in the transaction that logs:
-- also what an older version logs beside this one is counted.

-- The UTC day of an identifier, by its milliseconds: that of its partition.
create function day_of(id uuid) returns date language sql immutable parallel safe as $$
  select date '1970-01-01' + ((
    (get_byte(uuid_send(id), 0)::bigint << 40) + (get_byte(uuid_send(id), 1)::bigint << 32)
    + (get_byte(uuid_send(id), 2)::bigint << 24) + (get_byte(uuid_send(id), 3) << 16)
    + (get_byte(uuid_send(id), 4) << 8) + get_byte(uuid_send(id), 5)) / 86400000)::int
$$;

-- The smallest identifier of a day.
create function lowest_id(day date) returns uuid language sql immutable parallel safe as $$
  select (lpad(to_hex((day - date '1970-01-01')::bigint * 86400000), 12, '0') || repeat('0', 20))::uuid
$$;

-- Half of each page is left free: a count that grows stays on its page and touches no index.
create table delivery_counts (
  webhook_id uuid not null,
  day date not null,
  status text not null check (status in ('delivered', 'failed')),
  deliveries bigint not null check (deliveries > 0),
  primary key (webhook_id, day, status)
) with (fillfactor = 50);
create index delivery_counts_day on delivery_counts (day);

-- Days of the log that are older than this file: storage/delivery-counts makes their counts and their index of failures,
-- one day at a time. Until then what is asked of them is counted row by row.
create table uncounted_days (
  day date primary key
);

-- Rows are counted in the order of their key and after everything else of the statement: of two transactions that count
-- for the same webhooks the second waits for the first, which waits for nothing.
create function count_deliveries() returns trigger language plpgsql as $$
begin
  insert into posthorn.delivery_counts as counted (webhook_id, day, status, deliveries)
  select webhook_id, posthorn.day_of(id), status, count(*) from logged group by 1, 2, 3 order by 1, 2, 3
  on conflict (webhook_id, day, status) do update set deliveries = counted.deliveries + excluded.deliveries;
  return null;
end
$$;

-- Waits for those who are logging right now; whoever comes next waits until this transaction ends, and is counted.
create trigger count_deliveries after insert on deliveries
  referencing new table as logged for each statement execute function count_deliveries();

-- What failed is looked for among much that did not. Days to come have the index from their beginning.
create index deliveries_failed on only deliveries (webhook_id, id) where status = 'failed';
create index deliveries_default_failed on deliveries_default (webhook_id, id) where status = 'failed';
alter index deliveries_failed attach partition deliveries_default_failed;

insert into uncounted_days (day)
select to_date(right(partition.relname, 8), 'YYYYMMDD')
from pg_inherits join pg_class partition on partition.oid = inhrelid
where inhparent = 'deliveries'::regclass and partition.relname ~ '_[0-9]{8}$'
union
select day_of(id) from deliveries_default;

-- The events of a deleted account are found by reading the log once, from its beginning to its end, and once more what
-- came in while that went on.
alter table erasures
  -- Of an account: events up to this one were looked at.
  add column swept_to uuid not null default '00000000-0000-0000-0000-000000000000',
  add column is_closing boolean not null default false;
