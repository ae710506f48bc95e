import { type Static, Type } from 'typebox';
import { latencyOf, sumOf } from '../../domain/delivery-stats.ts';
import { type WebhookStatsQuery, webhookStatsSorts } from '../../domain/stats-input.ts';
import type { StatsWindow } from '../../domain/stats-window.ts';
import { webhookHealths } from '../../domain/webhook.ts';
import type { Paged } from '../../storage/page.ts';
import type { WebhookWithStats } from '../../storage/webhook-stats.ts';
import { paginationSchema, paginationView } from './pagination.ts';
import { nullable, pageQuerySchema, reference } from './shared.ts';
import { countSchema, outcomeFields, outcomesView, rangeSchema, windowFields, windowView } from './stats.ts';
import { webhookSchema, webhookView } from './webhook.ts';

const healthSchema = Type.Enum([...webhookHealths], {
  description:
    'disabled: is_active is false. failing: active, and consecutive_failures is above 0. active: all others.',
});

export const webhookStatsQuerySchema = Type.Object({
  range: Type.Optional(rangeSchema),
  ...pageQuerySchema.properties,
  search: Type.Optional(Type.String({ description: 'Part of the display name or endpoint URL.' })),
  health: Type.Optional(healthSchema),
  sort: Type.Optional(
    Type.Enum([...webhookStatsSorts], {
      default: 'newest',
      description:
        'failing: those that are failing, by consecutive_failures and by what failed in the range; then the disabled, then the active.',
    }),
  ),
});

export const webhookStatsSchema = Type.Object(
  {
    webhook: reference(webhookSchema),
    health: healthSchema,
    disabled_reason: nullable(Type.String({ description: 'Null while it is not disabled.' })),
    ...outcomeFields,
    latency_series: Type.Array(nullable(countSchema), {
      description: 'p50 of each bucket, oldest first; null where nothing was timed.',
    }),
    failed_series: Type.Array(countSchema, { description: 'What failed in each bucket, oldest first.' }),
    pending: Type.Integer({ minimum: 0, description: 'Its unfinished deliveries, tried or not.' }),
  },
  { $id: 'WebhookStats', additionalProperties: false },
);

export const webhookStatsListSchema = Type.Object(
  {
    ...windowFields,
    webhooks: Type.Array(reference(webhookStatsSchema)),
    pagination: reference(paginationSchema),
  },
  { additionalProperties: false },
);

export function webhookStatsListView(
  window: StatsWindow,
  query: WebhookStatsQuery,
  { items, total }: Paged<WebhookWithStats>,
): Static<typeof webhookStatsListSchema> {
  return {
    ...windowView(window),
    webhooks: items.map(webhookStatsView),
    pagination: paginationView(query, total),
  };
}

export function webhookStatsView(item: WebhookWithStats): Static<typeof webhookStatsSchema> {
  return {
    webhook: webhookView(item.webhook, null),
    health: item.health,
    disabled_reason: item.disabledReason,
    ...outcomesView(sumOf(item.series)),
    latency_series: item.series.map((stats) => latencyOf(stats)?.p50 ?? null),
    failed_series: item.series.map(({ failed }) => failed),
    pending: item.pending,
  };
}
