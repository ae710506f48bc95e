import type { ApiDependencies } from '../dependencies.ts';
import type { AccountOperation } from '../operation.ts';
import { subscribableTypeListSchema, subscribableTypeListView } from '../schemas/event-type.ts';

export function subscribableTypeOperations({ catalogue }: ApiDependencies): readonly AccountOperation[] {
  return [
    {
      method: 'GET',
      url: '/v3/webhooks/event-types',
      doing: 'listing the event types of webhooks',
      described: {
        tag: 'Webhooks',
        operationId: 'listWebhookEventTypes',
        summary: 'List the event types that can be subscribed to',
        sdkMethod: 'webhooks.listEventTypes',
        success: { status: 200, data: subscribableTypeListSchema },
      },
      handle: async () => ({ status: 200, data: subscribableTypeListView(await catalogue.all()) }),
    },
  ];
}
