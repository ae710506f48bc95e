import { Type } from 'typebox';

export const deliveredEventSchema = Type.Object(
  {
    field: Type.String({
      description: 'The parent. messages for a webhook that subscribed to that alias and not to message.',
    }),
    event: Type.Optional(
      Type.String({ description: 'The dotted name. Absent where the event is a parent, such as templates.' }),
    ),
    sub_type: Type.Optional(Type.String({ description: 'The same value as event, and absent with it.' })),
    timestamp: Type.String({
      pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$',
      description: 'When it happened, in UTC, to the second; the same on every attempt.',
    }),
    request_id: Type.Union([Type.String(), Type.Null()], { description: 'As it was published.' }),
    payload: Type.Record(Type.String(), Type.Unknown(), { description: 'As it was published.' }),
  },
  { $id: 'DeliveredEvent', additionalProperties: false },
);

const signatureDescription =
  'v1, and the base64 of HMAC-SHA256 over <id>.<timestamp>.<body>, keyed with the signing secret without whsec_, decoded.';

const headers = {
  'webhook-id': Type.String({
    description: 'Of the delivery, the same on every attempt: deduplicate by it.',
  }),
  'webhook-timestamp': Type.String({ description: 'Unix seconds of this attempt.' }),
  'webhook-signature': Type.String({
    description: `${signatureDescription} The id is webhook-id. Two, separated by a space, while a rotated secret overlaps.`,
  }),
  'x-webhook-id': Type.String({ format: 'uuid', description: 'Of the webhook, the same on every delivery.' }),
  'x-webhook-timestamp': Type.String({ description: 'The same as webhook-timestamp.' }),
  'x-webhook-signature': Type.String({ description: `${signatureDescription} The id is x-webhook-id.` }),
  'x-webhook-event-type': Type.String({ description: 'The event, or the field where there is none.' }),
  'x-webhook-event-id': Type.String({ format: 'uuid', description: 'The same as webhook-id.' }),
  'x-webhook-attempt': Type.String({ pattern: '^[1-9][0-9]*$', description: '1 for the first try.' }),
};

/** For the `webhooks` of the OpenAPI document: what a customer's endpoint gets, and what its answer means. */
export const receivedWebhooks = {
  event: {
    post: {
      operationId: 'receiveEvent',
      summary: 'An event arrives at the endpoint_url of a webhook',
      description:
        'Sent at least once and in no order. The whole exchange must end within timeout_seconds, and redirects are not followed.',
      tags: ['Deliveries'],
      security: [],
      parameters: Object.entries(headers).map(([name, schema]) => ({
        name,
        in: 'header',
        required: true,
        schema,
      })),
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: { $ref: '#/components/schemas/DeliveredEvent' },
            example: {
              field: 'message',
              event: 'message.delivered',
              sub_type: 'message.delivered',
              timestamp: '2026-01-15T10:35:00Z',
              request_id: null,
              payload: { message_id: 'b1a2c3d4-0000-4000-8000-000000000001', channel: 'sms' },
            },
          },
        },
      },
      responses: {
        '2XX': { description: 'Delivered.' },
        '410': { description: 'Not sent again, and the webhook is disabled.' },
        default: {
          description:
            'Failed, and sent again while retry_count allows. Retry-After lengthens the wait on 429 and 503.',
        },
      },
    },
  },
};
