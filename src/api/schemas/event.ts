import { type Static, Type } from 'typebox';
import type { PublishedEvent } from '../../domain/event.ts';
import { batchEventsMax } from '../../domain/event-input.ts';
import { eventTexts } from '../../domain/json-span.ts';
import type { AttemptRecord, DeliveryRecord, EventRecord } from '../../storage/event-records.ts';
import { momentText, momentTextOrNull } from '../moment.ts';
import { rawJson } from '../raw-json.ts';
import { momentSchema, nullable, reference, uuidSchema } from './shared.ts';
import { deliveryStatusSchema } from './webhook-event.ts';

const newEventSchema = Type.Object(
  {
    account_id: uuidSchema,
    event: Type.String({ description: 'A name of the catalogue, such as message.delivered.' }),
    payload: Type.Record(Type.String(), Type.Unknown(), { description: 'Delivered as it is written.' }),
    id: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_.:-]{1,255}$',
        description: "The producer's own id; a repetition within 24 hours is recognised by it.",
      }),
    ),
    timestamp: Type.Optional(momentSchema),
    request_id: Type.Optional(nullable(Type.String({ maxLength: 255 }))),
  },
  { $id: 'NewEvent' },
);

export const publishBodySchema = Type.Union([
  reference(newEventSchema),
  Type.Object({
    events: Type.Array(reference(newEventSchema), { minItems: 1, maxItems: batchEventsMax }),
  }),
]);

export const publishedSchema = Type.Object(
  {
    events: Type.Array(
      Type.Object(
        { id: uuidSchema, deliveries: Type.Integer({ minimum: 0 }), duplicate: Type.Boolean() },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);

const attemptSchema = Type.Object(
  {
    number: Type.Integer({ minimum: 1 }),
    started_at: momentSchema,
    duration_ms: nullable(Type.Integer({ minimum: 0 })),
    http_status_code: nullable(Type.Integer()),
    response_body: nullable(Type.String()),
    error_message: nullable(Type.String()),
  },
  { $id: 'Attempt', additionalProperties: false },
);

const deliverySchema = Type.Object(
  {
    id: uuidSchema,
    webhook_id: uuidSchema,
    status: deliveryStatusSchema,
    next_attempt_at: nullable(momentSchema),
    created_at: momentSchema,
    completed_at: nullable(momentSchema),
    attempts: Type.Array(reference(attemptSchema)),
  },
  { $id: 'Delivery', additionalProperties: false },
);

export const eventSchema = Type.Object(
  {
    id: uuidSchema,
    account_id: uuidSchema,
    event: Type.String(),
    producer_id: nullable(Type.String()),
    timestamp: momentSchema,
    request_id: nullable(Type.String()),
    created_at: momentSchema,
    payload: Type.Unknown({ description: 'As it was published.' }),
    deliveries: Type.Array(reference(deliverySchema)),
  },
  { $id: 'Event', additionalProperties: false },
);

export const eventComponents = [newEventSchema, attemptSchema, deliverySchema, eventSchema];

export function publishedView(events: readonly PublishedEvent[]): Static<typeof publishedSchema> {
  return { events: events.map(({ id, deliveries, duplicate }) => ({ id, deliveries, duplicate })) };
}

export function eventView(event: EventRecord): Static<typeof eventSchema> {
  const { timestamp, requestId, payload } = partsOf(event.bodyTail);
  return {
    id: event.id,
    account_id: event.accountId,
    event: event.name,
    producer_id: event.producerId,
    timestamp: momentText(new Date(timestamp)),
    request_id: requestId,
    created_at: momentText(event.createdAt),
    payload: rawJson(payload),
    deliveries: event.deliveries.map(deliveryView),
  };
}

/** What domain/body put together, taken apart again; the payload stays text. */
function partsOf(bodyTail: string): { timestamp: string; requestId: string | null; payload: string } {
  const json = `{${bodyTail}`;
  const { timestamp, request_id: requestId } = JSON.parse(json) as {
    timestamp: string;
    request_id: string | null;
  };
  return { timestamp, requestId, payload: eventTexts(json)[0]?.payload ?? 'null' };
}

function deliveryView(delivery: DeliveryRecord): Static<typeof deliverySchema> {
  return {
    id: delivery.id,
    webhook_id: delivery.webhookId,
    status: delivery.status,
    next_attempt_at: momentTextOrNull(delivery.nextAttemptAt),
    created_at: momentText(delivery.createdAt),
    completed_at: momentTextOrNull(delivery.completedAt),
    attempts: delivery.attempts.map(attemptView),
  };
}

function attemptView(attempt: AttemptRecord): Static<typeof attemptSchema> {
  return {
    number: attempt.number,
    started_at: momentText(attempt.startedAt),
    duration_ms: attempt.durationMs,
    http_status_code: attempt.statusCode,
    response_body: attempt.responseBody,
    error_message: attempt.errorMessage,
  };
}
