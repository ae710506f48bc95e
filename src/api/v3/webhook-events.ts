import { parseWebhookEventsQuery } from '../../domain/webhook-input.ts';
import { listWebhookEvents } from '../../storage/webhook-events.ts';
import { findWebhook } from '../../storage/webhooks.ts';
import { invalid, type Outcome } from '../answer.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { AccountCall, AccountOperation } from '../operation.ts';
import { idParamsSchema } from '../schemas/operation.ts';
import { paginationView } from '../schemas/pagination.ts';
import { reference } from '../schemas/shared.ts';
import { resendBodySchema, resendResultSchema } from '../schemas/webhook-action.ts';
import {
  webhookEventListSchema,
  webhookEventQuerySchema,
  webhookEventView,
} from '../schemas/webhook-event.ts';
import { webhookEventDetailSchema, webhookEventParamsSchema } from '../schemas/webhook-event-detail.ts';
import { resendWebhookEvent } from './resend-webhook-event.ts';
import { retrieveWebhookEvent } from './retrieve-webhook-event.ts';

const tag = 'Webhooks';

export function webhookEventOperations(dependencies: ApiDependencies): readonly AccountOperation[] {
  return [
    {
      method: 'GET',
      url: '/v3/webhooks/:id/events',
      doing: 'listing the events of the webhook',
      described: {
        tag,
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
    {
      method: 'GET',
      url: '/v3/webhooks/:id/events/:event_id',
      doing: 'retrieving the event of the webhook',
      described: {
        tag,
        operationId: 'getWebhookEvent',
        summary: 'Retrieve one item of the delivery log with its request and every attempt',
        params: webhookEventParamsSchema,
        success: { status: 200, data: reference(webhookEventDetailSchema) },
        errors: ['webhookNotFound', 'eventNotFound'],
      },
      handle: (call) => retrieveWebhookEvent(dependencies, call),
    },
    {
      method: 'POST',
      url: '/v3/webhooks/:id/events/:event_id/resend',
      doing: 'sending the event again',
      bucket: 'test',
      described: {
        tag,
        operationId: 'resendWebhookEvent',
        summary: 'Send one event again, at once',
        description:
          'A finished delivery is sent once more, with the same id and body, also to a webhook that is not active, and is never retried; consecutive_failures stays as it is. It is delivered from then on when the attempt succeeds, and stays what it was when it fails. Of an unfinished one the next attempt is brought forward.',
        params: webhookEventParamsSchema,
        body: resendBodySchema,
        success: { status: 200, data: resendResultSchema },
        errors: ['webhookNotFound', 'eventNotFound'],
      },
      handle: (call) => resendWebhookEvent(dependencies, call),
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
