import { parseWebhookEventsQuery } from '../../domain/webhook-input.ts';
import { listWebhookEvents } from '../../storage/webhook-events.ts';
import { findWebhook } from '../../storage/webhooks.ts';
import { invalid, type Outcome } from '../answer.ts';
import type { AccountCall, AccountOperation } from '../operation.ts';
import { idParamsSchema } from '../schemas/operation.ts';
import { paginationView } from '../schemas/pagination.ts';
import {
  webhookEventListSchema,
  webhookEventQuerySchema,
  webhookEventView,
} from '../schemas/webhook-event.ts';

export function webhookEventOperations(): readonly AccountOperation[] {
  return [
    {
      method: 'GET',
      url: '/v3/webhooks/:id/events',
      doing: 'listing the events of the webhook',
      described: {
        tag: 'Webhooks',
        operationId: 'listWebhookEvents',
        summary: 'List the delivery log, newest first',
        description: 'One item for each event sent to the webhook, not for each attempt.',
        params: idParamsSchema,
        query: webhookEventQuerySchema,
        sdkMethod: 'webhooks.listEvents',
        success: { status: 200, data: webhookEventListSchema },
        errors: ['webhookNotFound'],
      },
      handle: list,
    },
  ];
}

async function list(call: AccountCall): Promise<Outcome> {
  const query = parseWebhookEventsQuery(call.query);
  if (!query.ok) return invalid(query.error, 'when-several');
  const webhook = await findWebhook(call.db, call.account.id, call.id);
  if (webhook === null) return { refused: 'webhookNotFound' };
  const { items, total } = await listWebhookEvents(call.db, call.account.id, call.id, query.value);
  return {
    status: 200,
    data: { events: items.map(webhookEventView), pagination: paginationView(query.value, total) },
  };
}
