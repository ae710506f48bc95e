-- How deliveries went: what became of them and how long their last attempts took, by webhook and time. Locks nothing that is in use
-- already, and counts nothing that was finished before.

-- A row is of five minutes, by the clock that said when the deliveries were finished; storage/stats-upkeep adds up what is
-- old. Half of each page is left free: a row that grows stays on its page and touches no index.
create table delivery_stats (
  webhook_id uuid not null,
  starts_at timestamptz not null,
  delivered int not null,
  failed int not null,
  -- Those whose last attempt has a duration: what was given up without one has none.
  timed int not null,
  -- How many of these took at most so long: of histograms that tell it so, the sum is a histogram again.
  within_10_ms int not null,
  within_25_ms int not null,
  within_50_ms int not null,
  within_100_ms int not null,
  within_250_ms int not null,
  within_500_ms int not null,
  within_1000_ms int not null,
  within_2500_ms int not null,
  within_5000_ms int not null,
  within_10000_ms int not null,
  within_30000_ms int not null,
  within_120000_ms int not null,
  primary key (webhook_id, starts_at),
  check (timed between within_120000_ms and delivered + failed)
) with (fillfactor = 50);
create index delivery_stats_age on delivery_stats (starts_at);

-- Rows are counted in the order of their key, first those of delivery_counts and then those of delivery_stats, and after everything
-- else of the statement: of two transactions that count for the same webhooks the second waits for the first, which waits for
-- nothing.
create or replace function count_deliveries() returns trigger language plpgsql as $$
begin
  insert into posthorn.delivery_counts as counted (webhook_id, day, status, deliveries)
  select webhook_id, posthorn.day_of(id), status, count(*) from logged group by 1, 2, 3 order by 1, 2, 3
  on conflict (webhook_id, day, status) do update set deliveries = counted.deliveries + excluded.deliveries;

  insert into posthorn.delivery_stats as stats
  select webhook_id, date_bin('5 minutes', finished_at, 'epoch'),
         count(*) filter (where status = 'delivered'),
         count(*) filter (where status = 'failed'),
         count(last_duration_ms),
         count(*) filter (where last_duration_ms <= 10),
         count(*) filter (where last_duration_ms <= 25),
         count(*) filter (where last_duration_ms <= 50),
         count(*) filter (where last_duration_ms <= 100),
         count(*) filter (where last_duration_ms <= 250),
         count(*) filter (where last_duration_ms <= 500),
         count(*) filter (where last_duration_ms <= 1000),
         count(*) filter (where last_duration_ms <= 2500),
         count(*) filter (where last_duration_ms <= 5000),
         count(*) filter (where last_duration_ms <= 10000),
         count(*) filter (where last_duration_ms <= 30000),
         count(*) filter (where last_duration_ms <= 120000)
  from logged group by 1, 2 order by 1, 2
  on conflict (webhook_id, starts_at) do update set
    delivered = stats.delivered + excluded.delivered,
    failed = stats.failed + excluded.failed,
    timed = stats.timed + excluded.timed,
    within_10_ms = stats.within_10_ms + excluded.within_10_ms,
    within_25_ms = stats.within_25_ms + excluded.within_25_ms,
    within_50_ms = stats.within_50_ms + excluded.within_50_ms,
    within_100_ms = stats.within_100_ms + excluded.within_100_ms,
    within_250_ms = stats.within_250_ms + excluded.within_250_ms,
    within_500_ms = stats.within_500_ms + excluded.within_500_ms,
    within_1000_ms = stats.within_1000_ms + excluded.within_1000_ms,
    within_2500_ms = stats.within_2500_ms + excluded.within_2500_ms,
    within_5000_ms = stats.within_5000_ms + excluded.within_5000_ms,
    within_10000_ms = stats.within_10000_ms + excluded.within_10000_ms,
    within_30000_ms = stats.within_30000_ms + excluded.within_30000_ms,
    within_120000_ms = stats.within_120000_ms + excluded.within_120000_ms;
  return null;
end
$$;
