/**
 * Rows that would take too long to publish, straight into the tables: in the shape that publishing and recording give
 * them, without producer ids. The only file of the benchmark that knows the columns of the schema.
 */
import type pg from 'pg';
import type { Customer } from './customers.ts';
import { deliveredText, eventName } from './payload.ts';

const payloadBytes = 300;
/** All of a stored event but its first field. */
const bodyTail = deliveredText(payloadBytes).replace('{"field":"message",', '');

export interface Backlog {
  /** Events go to these in turn, and to the one webhook of each. */
  readonly customers: readonly Customer[];
  readonly count: number;
  /** The time over which they were published, up to now. */
  readonly seconds: number;
}

/** Due deliveries, all visible at once to a service that runs, and counted by the planner before that. */
export async function seedBacklog(client: pg.Client, backlog: Backlog): Promise<void> {
  const { customers, count, seconds } = backlog;
  await client.query('begin');
  await client.query(
    `with customer as (
       select account_id, webhook_id, position - 1 as position
       from unnest($1::uuid[], $2::uuid[]) with ordinality as customer (account_id, webhook_id, position)
     ),
     item as materialized (
       select uuidv7(age) as id, age, account_id, webhook_id
       from generate_series(1, $3::int) n
       join customer on position = n % $5::int
       cross join lateral (select make_interval(secs => (n - $3::int) * $4::float8 / $3::int)) as shift (age)
     ),
     stored as (
       insert into posthorn.events (id, account_id, name, body_tail, deliveries)
       select id, account_id, $6, $7, 1 from item
     )
     insert into posthorn.pending_deliveries (webhook_id, id, event_id, event_name, field, due_at)
     select webhook_id, posthorn.sibling_id(id), id, $6, 'message', now() + age from item order by id`,
    [
      customers.map(({ accountId }) => accountId),
      customers.flatMap(({ webhookIds }) => webhookIds.slice(0, 1)),
      count,
      seconds,
      customers.length,
      eventName,
      bodyTail,
    ],
  );
  await client.query('analyze posthorn.pending_deliveries');
  await client.query('analyze posthorn.events');
  // Writing what was seeded is not the work of the service.
  await client.query('checkpoint');
  await client.query('commit');
}

/** Webhooks like the one that is there, in the same account. */
export async function seedWebhooks(client: pg.Client, webhookId: string, count: number): Promise<void> {
  await client.query(
    `insert into posthorn.webhooks (id, account_id, display_name, endpoint_url, sealed_secret, event_types, patterns,
       retry_count, timeout_seconds)
     select uuidv7(), account_id, 'Shop ' || n, endpoint_url || '/' || n, sealed_secret, event_types, patterns,
       retry_count, timeout_seconds
     from posthorn.webhooks cross join generate_series(1, $2::int) n
     where id = $1`,
    [webhookId, count],
  );
  await client.query('vacuum analyze posthorn.webhooks');
}

export interface Log {
  readonly accountId: string;
  readonly webhookId: string;
  readonly rows: number;
  /** Whole days up to yesterday, over which they are spread evenly. */
  readonly days: number;
}

/** Finished deliveries, one in a hundred of them failed; only the newest have their event still. */
export async function seedLog(client: pg.Client, { accountId, webhookId, rows, days }: Log): Promise<void> {
  const rowsADay = Math.ceil(rows / days);
  for (let daysAgo = days; daysAgo >= 1; daysAgo--) {
    await createDay(client, daysAgo);
    const eventsToo = daysAgo === 1 ? 10_000 : 0;
    await client.query(
      `with item as materialized (
         select uuidv7(at - clock_timestamp()) as event_id, at, n, n % 100 = 0 as is_failed
         from generate_series(1, $3::int) n
         cross join lateral (
           select date_trunc('day', now(), 'UTC') - make_interval(days => $4::int, secs => -86400.0 * (n - 0.5) / $3::int)
         ) as moment (at)
       ),
       stored as (
         insert into posthorn.events (id, account_id, name, body_tail, deliveries)
         select event_id, $2, $5, $6, 1 from item where n > $3::int - $7::int
       )
       insert into posthorn.deliveries (id, webhook_id, event_id, event_name, field, status, attempts, status_code,
         first_attempt_at, last_attempt_at, last_duration_ms, finished_at)
       select posthorn.sibling_id(event_id), $1, event_id, case when is_failed then 'message.failed' else $5 end, 'message',
         case when is_failed then 'failed' else 'delivered' end, 1, case when is_failed then 500 else 200 end,
         at, at, 12, at
       from item order by event_id`,
      [webhookId, accountId, rowsADay, daysAgo, eventName, bodyTail, eventsToo],
    );
  }
  // As autovacuum has long done with days that are over.
  await client.query('vacuum analyze posthorn.deliveries');
  await client.query('vacuum analyze posthorn.events');
}

/** The day's partition, as the service would have made it. */
async function createDay(client: pg.Client, daysAgo: number): Promise<void> {
  const startOf = (day: Date) => `${hexOf(day).slice(0, 8)}-${hexOf(day).slice(8)}-0000-0000-000000000000`;
  const from = new Date(Math.floor(Date.now() / dayMs - daysAgo) * dayMs);
  const to = new Date(from.getTime() + dayMs);
  const name = `deliveries_${from.toISOString().slice(0, 10).replaceAll('-', '')}`;
  await client.query('set role posthorn');
  await client.query(
    `create table if not exists posthorn.${name} partition of posthorn.deliveries
     for values from ('${startOf(from)}') to ('${startOf(to)}')`,
  );
  await client.query('reset role');
}

const dayMs = 86_400_000;

function hexOf(moment: Date): string {
  return moment.getTime().toString(16).padStart(12, '0');
}
