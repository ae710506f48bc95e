import { type Static, Type } from 'typebox';
import { deliveryStatuses } from '../../domain/delivery.ts';
import type { WebhookEvent } from '../../storage/webhook-events.ts';
import { momentText, momentTextOrNull } from '../moment.ts';
import { rawJson } from '../raw-json.ts';
import { paginationSchema } from './pagination.ts';
import { momentSchema, nullable, pageQuerySchema, reference, uuidSchema } from './shared.ts';

export const deliveryStatusSchema = Type.Enum([...deliveryStatuses]);

export const webhookEventSchema = Type.Object(
  {
    id: uuidSchema,
    event_type: Type.String(),
    event_data: Type.Unknown({ description: 'The JSON that was delivered, whole.' }),
    delivery_status: deliveryStatusSchema,
    http_status_code: nullable(Type.Integer({ description: 'Null on a timeout or connection error.' })),
    response_body: nullable(Type.String({ description: 'The first 4 KiB.' })),
    delivery_attempts: Type.Integer({ minimum: 0 }),
    error_message: nullable(Type.String()),
    created_at: momentSchema,
    processing_started_at: nullable(momentSchema),
    processing_completed_at: nullable(momentSchema),
  },
  { $id: 'WebhookEvent', additionalProperties: false },
);

export const webhookEventListSchema = Type.Object(
  { events: Type.Array(reference(webhookEventSchema)), pagination: reference(paginationSchema) },
  { additionalProperties: false },
);

export const webhookEventQuerySchema = Type.Object({
  ...pageQuerySchema.properties,
  search: Type.Optional(Type.String({ description: 'Part of the event type, or an exact id.' })),
  status: Type.Optional(deliveryStatusSchema),
  from: Type.Optional(momentSchema),
  to: Type.Optional(momentSchema),
});

export function webhookEventView(event: WebhookEvent): Static<typeof webhookEventSchema> {
  return {
    id: event.id,
    event_type: event.eventName,
    event_data: event.body === null ? null : rawJson(event.body),
    delivery_status: event.status,
    http_status_code: event.statusCode,
    response_body: event.responseBody,
    delivery_attempts: event.attempts,
    error_message: event.errorMessage,
    created_at: momentText(event.createdAt),
    processing_started_at: momentTextOrNull(event.startedAt),
    processing_completed_at: momentTextOrNull(event.completedAt),
  };
}
