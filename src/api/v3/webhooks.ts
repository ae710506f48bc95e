import { Type } from 'typebox';
import { parseWebhookListQuery } from '../../domain/webhook-input.ts';
import { deleteWebhook, findWebhook, listWebhooks } from '../../storage/webhooks.ts';
import { invalid, noContent, type Outcome } from '../answer.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { Effect } from '../idempotency.ts';
import type { AccountCall, AccountOperation } from '../operation.ts';
import { idParamsSchema } from '../schemas/operation.ts';
import { paginationView } from '../schemas/pagination.ts';
import { pageQuerySchema, reference } from '../schemas/shared.ts';
import { webhookBodySchema, webhookListSchema, webhookSchema, webhookView } from '../schemas/webhook.ts';
import { createdWebhookExample, updatedWebhookExample } from '../schemas/webhook-examples.ts';
import { createWebhook } from './create-webhook.ts';
import { replaceWebhook } from './update-webhook.ts';

const tag = 'Webhooks';

const listQuerySchema = Type.Object({
  ...pageQuerySchema.properties,
  search: Type.Optional(Type.String({ description: 'Part of the display name or endpoint URL.' })),
  is_active: Type.Optional(Type.Boolean()),
});

export function webhookOperations(dependencies: ApiDependencies): readonly AccountOperation[] {
  return [
    {
      method: 'POST',
      url: '/v3/webhooks',
      doing: 'creating the webhook',
      described: {
        tag,
        operationId: 'createWebhook',
        summary: 'Create a webhook',
        body: reference(webhookBodySchema),
        bodyExample: {
          display_name: 'Order Notifications',
          endpoint_url: 'https://example.com/webhooks/orders',
          event_types: ['message'],
          event_filters: { message: ['delivered', 'failed'] },
        },
        sdkMethod: 'webhooks.create',
        success: { status: 201, data: reference(webhookSchema), example: createdWebhookExample },
      },
      handle: (call) => createWebhook(dependencies, call),
    },
    {
      method: 'GET',
      url: '/v3/webhooks',
      doing: 'listing the webhooks',
      described: {
        tag,
        operationId: 'listWebhooks',
        summary: 'List webhooks, newest first',
        query: listQuerySchema,
        sdkMethod: 'webhooks.list',
        success: { status: 200, data: webhookListSchema },
      },
      handle: list,
    },
    {
      method: 'GET',
      url: '/v3/webhooks/:id',
      doing: 'retrieving the webhook',
      described: {
        tag,
        operationId: 'getWebhook',
        summary: 'Retrieve a webhook',
        params: idParamsSchema,
        sdkMethod: 'webhooks.retrieve',
        success: { status: 200, data: reference(webhookSchema) },
        errors: ['webhookNotFound'],
      },
      handle: retrieve,
    },
    {
      method: 'PUT',
      url: '/v3/webhooks/:id',
      doing: 'updating the webhook',
      described: {
        tag,
        operationId: 'updateWebhook',
        summary: 'Update a webhook',
        description: 'Absent optional fields keep their stored values; null or {} clears event_filters.',
        params: idParamsSchema,
        body: reference(webhookBodySchema),
        bodyExample: {
          display_name: 'Updated Order Notifications',
          endpoint_url: 'https://example.com/webhooks/orders-v2',
          event_types: ['message', 'templates'],
          retry_count: 5,
          timeout_seconds: 60,
        },
        sdkMethod: 'webhooks.update',
        success: { status: 200, data: reference(webhookSchema), example: updatedWebhookExample },
        errors: ['webhookNotFound'],
      },
      handle: (call) => replaceWebhook(dependencies, call),
    },
    {
      method: 'DELETE',
      url: '/v3/webhooks/:id',
      doing: 'deleting the webhook',
      described: {
        tag,
        operationId: 'deleteWebhook',
        summary: 'Delete a webhook and its delivery log',
        params: idParamsSchema,
        sdkMethod: 'webhooks.delete',
        success: null,
        errors: ['webhookNotFound'],
      },
      handle: async (call) => remove(dependencies, call),
    },
  ];
}

async function list(call: AccountCall): Promise<Outcome> {
  const query = parseWebhookListQuery(call.query);
  if (!query.ok) return invalid(query.error, 'when-several');
  const { items, total } = await listWebhooks(call.db, call.account.id, query.value);
  return {
    status: 200,
    data: {
      webhooks: items.map((webhook) => webhookView(webhook, null)),
      pagination: paginationView(query.value, total),
    },
  };
}

async function retrieve(call: AccountCall): Promise<Outcome> {
  const webhook = await findWebhook(call.db, call.account.id, call.id);
  if (webhook === null) return { refused: 'webhookNotFound' };
  return { status: 200, data: webhookView(webhook, null) };
}

function remove({ onDeliveriesAffected }: ApiDependencies, call: AccountCall): Effect {
  return async (db) => {
    const isDeleted = await deleteWebhook(db, call.account.id, call.id);
    return isDeleted ? { ...noContent, afterCommit: onDeliveriesAffected } : { refused: 'webhookNotFound' };
  };
}
