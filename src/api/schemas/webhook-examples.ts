import { exampleMeta } from './operation.ts';

/** The examples of the public documentation, with the two keys that were added since. */
export const createdWebhookExample = {
  success: true,
  data: {
    id: 'd4f5a6b7-c8d9-4e0f-a1b2-c3d4e5f6a7b8',
    display_name: 'Order Notifications',
    endpoint_url: 'https://example.com/webhooks/orders',
    signing_secret: 'whsec_a1b2c3d4e5f6g7h8i9j0',
    is_active: true,
    event_types: ['messages', 'templates'],
    event_filters: null,
    retry_count: 3,
    timeout_seconds: 30,
    last_delivery_attempt_at: null,
    last_successful_delivery_at: null,
    consecutive_failures: 0,
    created_at: '2026-01-15T10:30:00+00:00',
    updated_at: null,
    customer_id: 'b1a2c3d4-0000-4000-8000-000000000001',
  },
  error: null,
  meta: exampleMeta,
};

export const updatedWebhookExample = {
  ...createdWebhookExample,
  data: {
    ...createdWebhookExample.data,
    display_name: 'Updated Order Notifications',
    endpoint_url: 'https://example.com/webhooks/orders-v2',
    signing_secret: null,
    retry_count: 5,
    timeout_seconds: 60,
    updated_at: '2026-02-05T16:45:00+00:00',
  },
};
