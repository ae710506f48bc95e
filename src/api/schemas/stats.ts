import { type Static, Type } from 'typebox';
import {
  type DeliveryStats,
  latencyBoundsMs,
  latencyOf,
  type StatsBucket,
  successRate,
  sumOf,
} from '../../domain/delivery-stats.ts';
import { defaultStatsRange, type StatsWindow, statsRanges } from '../../domain/stats-window.ts';
import type { Backlog } from '../../storage/backlog.ts';
import { momentText, momentTextOrNull } from '../moment.ts';
import { momentSchema, nullable, reference } from './shared.ts';

export const rangeSchema = Type.Enum([...statsRanges], {
  default: defaultStatsRange,
  description:
    '1h in 12 buckets of 5 minutes, 24h in 48 of 30 minutes, 7d in 28 of 6 hours, 30d in 30 of a day.',
});

export const countSchema = Type.Integer({ minimum: 0 });

const latencySchema = Type.Object(
  {
    p50: Type.Integer({ minimum: 0 }),
    p95: Type.Integer({ minimum: 0 }),
    p99: Type.Integer({ minimum: 0 }),
  },
  {
    $id: 'Latency',
    additionalProperties: false,
    description:
      `Milliseconds that the last attempts of deliveries took: percentiles, interpolated in a histogram with the bounds ` +
      `${latencyBoundsMs.join(', ')} ms. What took longer than the last bound counts as that.`,
  },
);

export const outcomeFields = {
  delivered: countSchema,
  failed: countSchema,
  success_rate: nullable(
    Type.Number({ minimum: 0, maximum: 1, description: 'Null when nothing was finished.' }),
  ),
  latency_ms: nullable(reference(latencySchema)),
};

const outcomesSchema = Type.Object(outcomeFields, { $id: 'DeliveryOutcomes', additionalProperties: false });

const bucketSchema = Type.Object(
  {
    starts_at: momentSchema,
    delivered: countSchema,
    failed: countSchema,
    latency_ms: nullable(reference(latencySchema)),
  },
  { $id: 'DeliveryStatsBucket', additionalProperties: false },
);

const backlogSchema = Type.Object(
  {
    pending: Type.Integer({ minimum: 0, description: 'Unfinished deliveries that were not tried yet.' }),
    retrying: Type.Integer({ minimum: 0, description: 'Unfinished deliveries that were tried.' }),
    oldest_pending_at: nullable(
      Type.String({ format: 'date-time', description: 'created_at of the oldest unfinished delivery.' }),
    ),
  },
  { $id: 'Backlog', additionalProperties: false },
);

export const windowFields = {
  range: rangeSchema,
  from: Type.String({ format: 'date-time', description: 'The beginning of the first bucket.' }),
  to: Type.String({
    format: 'date-time',
    description: 'Now. The last bucket contains it and is not over yet.',
  }),
  bucket_seconds: Type.Integer({ minimum: 1 }),
};

export const statsFields = {
  ...windowFields,
  totals: reference(outcomesSchema),
  series: Type.Array(reference(bucketSchema), { description: 'Every bucket, oldest first.' }),
  backlog: reference(backlogSchema),
};

export const statsSchema = Type.Object(statsFields, { $id: 'DeliveryStats', additionalProperties: false });

export const statsComponents = [latencySchema, outcomesSchema, bucketSchema, backlogSchema, statsSchema];

export function statsView(
  window: StatsWindow,
  series: readonly StatsBucket[],
  backlog: Backlog,
): Static<typeof statsSchema> {
  return {
    ...windowView(window),
    totals: outcomesView(sumOf(series)),
    series: series.map(bucketView),
    backlog: backlogView(backlog),
  };
}

export function windowView({ range, from, to, bucketSeconds }: StatsWindow) {
  return { range, from: momentText(from), to: momentText(to), bucket_seconds: bucketSeconds };
}

export function outcomesView(stats: DeliveryStats): Static<typeof outcomesSchema> {
  return {
    delivered: stats.delivered,
    failed: stats.failed,
    success_rate: successRate(stats),
    latency_ms: latencyOf(stats),
  };
}

function bucketView(bucket: StatsBucket): Static<typeof bucketSchema> {
  return {
    starts_at: momentText(bucket.startsAt),
    delivered: bucket.delivered,
    failed: bucket.failed,
    latency_ms: latencyOf(bucket),
  };
}

function backlogView({ pending, retrying, oldestAt }: Backlog): Static<typeof backlogSchema> {
  return { pending, retrying, oldest_pending_at: momentTextOrNull(oldestAt) };
}
