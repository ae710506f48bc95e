/**
 * Rate limits that hold across processes: a token bucket per account, kept as the one moment at which it is full again
 * (GCRA), taken from in one statement by the database's clock.
 */
import sql from 'sql-template-tag';
import type { Queryable } from './database.ts';

export type RateLimitBucket = 'standard' | 'rotate' | 'test';

export interface RateLimit {
  readonly perMinute: number;
  /** Requests that may come at once. */
  readonly burst: number;
}

export interface TokenAnswer {
  readonly allowed: boolean;
  /** Requests that may still come at once. */
  readonly remaining: number;
  /** When the bucket is full again. */
  readonly resetAt: Date;
  /** 0 when allowed. */
  readonly retryAfterSeconds: number;
}

export async function takeToken(
  db: Queryable,
  accountId: string,
  bucket: RateLimitBucket,
  { perMinute, burst }: RateLimit,
): Promise<TokenAnswer> {
  const intervalMs = 60_000 / perMinute;
  const interval = sql`(${intervalMs}::float8 * interval '1 millisecond')`;
  const fullAtMax = sql`clock_now() + ${burst}::int * ${interval}`;
  // Further ahead than a bucket can be, by more than clocks of transactions differ, it is of a clock that was set back.
  const fullAt = sql`
    case when known.full_at > ${fullAtMax} + interval '1 minute' then clock_now() else greatest(known.full_at, clock_now()) end`;
  const [row] = await db.query<{ full_at: Date; until_full_ms: number; allowed: boolean }>(sql`
    with taken as (
      insert into rate_limits as known (account_id, bucket, full_at)
      values (${accountId}, ${bucket}, clock_now() + ${interval})
      on conflict (account_id, bucket) do update
        set full_at = ${fullAt} + ${interval}
        where ${fullAt} + ${interval} <= ${fullAtMax}
      returning full_at
    )
    , answer as (
      select full_at, true as allowed from taken
      union all
      -- Where the bucket is not seen yet, requests that committed while this one waited for it have just emptied it.
      select coalesce(
          (select full_at from rate_limits where account_id = ${accountId} and bucket = ${bucket}),
          ${fullAtMax}
        ), false
      where not exists (select from taken)
    )
    select full_at, extract(epoch from full_at - clock_now())::float8 * 1000 as until_full_ms, allowed from answer`);
  if (row === undefined) throw new Error('the bucket gave no answer');
  // The database counts in microseconds: a hundredth of a millisecond is beyond its error.
  const free = burst - (Math.max(0, row.until_full_ms) - 0.01) / intervalMs;
  return {
    allowed: row.allowed,
    remaining: row.allowed ? Math.max(0, Math.floor(free)) : 0,
    resetAt: row.full_at,
    retryAfterSeconds: row.allowed ? 0 : Math.max(1, Math.ceil(((1 - free) * intervalMs) / 1000)),
  };
}
