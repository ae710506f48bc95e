import { Type } from 'typebox';
import { parseStatsQuery, parseStatsRange, parseWebhookStatsQuery } from '../../domain/stats-input.ts';
import { windowAt } from '../../domain/stats-window.ts';
import { readBacklog } from '../../storage/backlog.ts';
import { databaseNow } from '../../storage/clock.ts';
import { readDeliveryStats } from '../../storage/delivery-stats.ts';
import { findWebhookStats, listWebhookStats } from '../../storage/webhook-stats.ts';
import { findWebhook } from '../../storage/webhooks.ts';
import { invalid, type Outcome } from '../answer.ts';
import type { AccountCall, AccountOperation } from '../operation.ts';
import { idParamsSchema } from '../schemas/operation.ts';
import { reference } from '../schemas/shared.ts';
import { rangeSchema, statsSchema, statsView } from '../schemas/stats.ts';
import {
  webhookStatsListSchema,
  webhookStatsListView,
  webhookStatsQuerySchema,
  webhookStatsSchema,
  webhookStatsView,
} from '../schemas/webhook-stats.ts';

const tag = 'Statistics';

const statsQuerySchema = Type.Object({
  range: Type.Optional(rangeSchema),
  webhook_id: Type.Optional(
    Type.String({ format: 'uuid', description: 'Of this webhook only; absent: of all webhooks.' }),
  ),
});

export function statsOperations(): readonly AccountOperation[] {
  return [
    {
      method: 'GET',
      url: '/v3/stats',
      doing: 'counting the deliveries',
      described: {
        tag,
        operationId: 'getStats',
        summary: 'Retrieve how deliveries went over time, and what waits',
        description:
          'Finished deliveries by the time at which they were finished. Percentiles of latency are interpolated in a histogram.',
        query: statsQuerySchema,
        success: { status: 200, data: reference(statsSchema) },
        errors: ['webhookNotFound'],
      },
      handle: retrieve,
    },
    {
      method: 'GET',
      url: '/v3/stats/webhooks',
      doing: 'listing how the webhooks fare',
      described: {
        tag,
        operationId: 'listWebhookStats',
        summary: 'List webhooks with their health and how their deliveries went',
        query: webhookStatsQuerySchema,
        success: { status: 200, data: webhookStatsListSchema },
      },
      handle: list,
    },
    {
      method: 'GET',
      url: '/v3/stats/webhooks/:id',
      doing: 'telling how the webhook fares',
      described: {
        tag,
        operationId: 'getWebhookStats',
        summary: 'Retrieve a webhook with its health and how its deliveries went',
        params: idParamsSchema,
        query: Type.Object({ range: Type.Optional(rangeSchema) }),
        success: { status: 200, data: reference(webhookStatsSchema) },
        errors: ['webhookNotFound'],
      },
      handle: retrieveWebhook,
    },
  ];
}

async function retrieve({ account, db, query: asked }: AccountCall): Promise<Outcome> {
  const query = parseStatsQuery(asked);
  if (!query.ok) return invalid(query.error, 'when-several');
  const { range, webhookId } = query.value;
  if (webhookId !== null && (await findWebhook(db, account.id, webhookId)) === null) {
    return { refused: 'webhookNotFound' };
  }
  const scope = { accountId: account.id, webhookId };
  const window = windowAt(range, await databaseNow(db));
  const series = await readDeliveryStats(db, scope, window);
  return { status: 200, data: statsView(window, series, await readBacklog(db, scope)) };
}

async function list({ account, db, query: asked }: AccountCall): Promise<Outcome> {
  const query = parseWebhookStatsQuery(asked);
  if (!query.ok) return invalid(query.error, 'when-several');
  const window = windowAt(query.value.range, await databaseNow(db));
  const found = await listWebhookStats(db, account.id, query.value, window);
  return { status: 200, data: webhookStatsListView(window, query.value, found) };
}

async function retrieveWebhook({ account, db, id, query: asked }: AccountCall): Promise<Outcome> {
  const query = parseStatsRange(asked);
  if (!query.ok) return invalid(query.error, 'when-several');
  const window = windowAt(query.value.range, await databaseNow(db));
  const found = await findWebhookStats(db, account.id, id, window);
  return found === null ? { refused: 'webhookNotFound' } : { status: 200, data: webhookStatsView(found) };
}
