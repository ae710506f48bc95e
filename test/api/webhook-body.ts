/** The request body of the public documentation. */
export const webhookBody = {
  display_name: 'Order Notifications',
  endpoint_url: 'https://example.com/webhooks/orders',
  event_types: ['messages', 'templates'],
  retry_count: 3,
  timeout_seconds: 30,
  sandbox: false,
};

/** The id of no webhook. */
export const absentId = 'd4f5a6b7-c8d9-4e0f-a1b2-c3d4e5f6a7b8';
