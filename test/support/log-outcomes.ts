/** Finished deliveries as rows of the log, and the statistics that they should have: counted one by one, in another language. */
import sql from 'sql-template-tag';
import { type DeliveryStats, latencyBoundsMs } from '../../src/domain/delivery-stats.ts';
import { newId } from '../../src/domain/identifier.ts';
import type { Queryable } from '../../src/storage/database.ts';
import { statsCounters } from '../../src/storage/delivery-stats.ts';

export interface LoggedOutcome {
  readonly status: 'delivered' | 'failed';
  /** Null: given up without an attempt. */
  readonly durationMs: number | null;
}

/** In one statement, as recording does. */
export async function logOutcomes(
  db: Queryable,
  webhookId: string,
  finishedAt: Date,
  outcomes: readonly LoggedOutcome[],
): Promise<void> {
  await db.query(sql`
    insert into deliveries (id, webhook_id, event_id, event_name, field, status, attempts, last_duration_ms, finished_at)
    select sibling_id(${newId(Date.now())}::uuid), ${webhookId}::uuid, gen_random_uuid(), 'message.sent', 'message', status, 1,
           duration_ms, ${finishedAt}::timestamptz
    from unnest(
      ${outcomes.map(({ status }) => status)}::text[], ${outcomes.map(({ durationMs }) => durationMs)}::int[]
    ) outcome (status, duration_ms)`);
}

export interface KeptStats extends DeliveryStats {
  readonly webhookId: string;
  readonly startsAt: Date;
}

/** As they are kept, by webhook and time. */
export async function keptStats(db: Queryable): Promise<KeptStats[]> {
  const rows = await db.query<Record<string, number> & { webhook_id: string; starts_at: Date }>(
    sql`select * from delivery_stats`,
  );
  const kept = rows.map(({ webhook_id: webhookId, starts_at: startsAt, ...counted }) => {
    const [delivered = 0, failed = 0, timed = 0, ...withinBounds] = statsCounters.map(
      (counter) => counted[counter] ?? 0,
    );
    return { webhookId, startsAt, delivered, failed, timed, withinBounds };
  });
  return inOrder(kept);
}

const fiveMinutesMs = 300_000;

/** As the log says, by webhook and five minutes. */
export async function statsOfLog(db: Queryable): Promise<KeptStats[]> {
  const rows = await db.query<{
    webhook_id: string;
    status: string;
    last_duration_ms: number | null;
    finished_at: Date;
  }>(sql`select webhook_id, status, last_duration_ms, finished_at from deliveries`);
  const groups = new Map<string, typeof rows>();
  for (const row of rows) {
    const key = `${row.webhook_id} ${Math.floor(row.finished_at.getTime() / fiveMinutesMs)}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const stats = [...groups].map(([key, group]) => {
    const [webhookId = '', place] = key.split(' ');
    const durations = group.flatMap(({ last_duration_ms: ms }) => (ms === null ? [] : [ms]));
    return {
      webhookId,
      startsAt: new Date(Number(place) * fiveMinutesMs),
      delivered: group.filter(({ status }) => status === 'delivered').length,
      failed: group.filter(({ status }) => status === 'failed').length,
      timed: durations.length,
      withinBounds: latencyBoundsMs.map((bound) => durations.filter((ms) => ms <= bound).length),
    };
  });
  return inOrder(stats);
}

function inOrder(stats: KeptStats[]): KeptStats[] {
  return stats.toSorted(
    (a, b) => a.startsAt.getTime() - b.startsAt.getTime() || (a.webhookId < b.webhookId ? -1 : 1),
  );
}
