import { type Static, Type } from 'typebox';
import type { PublishedEvent } from '../../domain/event.ts';
import { batchEventsMax } from '../../domain/event-input.ts';
import { eventTexts } from '../../domain/json-span.ts';
import type { DeliveryRecord, EventRecord } from '../../storage/event-records.ts';
import { momentText, momentTextOrNull } from '../moment.ts';
import { rawJson } from '../raw-json.ts';
import { attemptSchema, attemptView } from './attempt.ts';
import { momentSchema, nullable, reference, uuidSchema } from './shared.ts';
import { deliveryStatusSchema } from './webhook-event.ts';

const newEventSchema = Type.Object(
  {
    account_id: Type.String({
      format: 'uuid',
      description: 'Whose webhooks get it: a profile, a user, or an organization itself.',
    }),
    event: Type.Optional(
      nullable(
        Type.String({
          description: 'A name of the catalogue: message.delivered, or a parent such as templates.',
        }),
      ),
    ),
    field: Type.Optional(
      nullable(Type.String({ description: 'The parent, or the whole name; read where there is no event.' })),
    ),
    sub_type: Type.Optional(
      nullable(Type.String({ description: 'With field: the suffix such as delivered, or the dotted name.' })),
    ),
    payload: Type.Record(Type.String(), Type.Unknown(), {
      description: 'Delivered as it is written, with its keys in this order and its numbers unchanged.',
    }),
    id: Type.Optional(
      nullable(
        Type.String({
          pattern: '^[A-Za-z0-9_.:-]{1,255}$',
          description:
            "The producer's own id; a repetition for the account within 24 hours is recognised by it.",
        }),
      ),
    ),
    timestamp: Type.Optional(
      nullable(
        Type.String({
          format: 'date-time',
          description: 'When it happened; delivered to the second. Absent: the moment of publishing.',
        }),
      ),
    ),
    request_id: Type.Optional(
      nullable(
        Type.String({ maxLength: 255, description: 'Of the request that caused it; delivered unchanged.' }),
      ),
    ),
  },
  {
    $id: 'NewEvent',
    description: 'One event, at most 256 KiB. Its name is event, or field with or without sub_type.',
    anyOf: [{ required: ['event'] }, { required: ['field'] }],
  },
);

export const publishBodySchema = Type.Union([
  reference(newEventSchema),
  Type.Object({
    events: Type.Array(reference(newEventSchema), {
      minItems: 1,
      maxItems: batchEventsMax,
      description: 'Stored all together, or none of them when one is not valid. At most 5 MiB.',
    }),
  }),
]);

export const publishedSchema = Type.Object(
  {
    events: Type.Array(
      Type.Object(
        {
          id: uuidSchema,
          deliveries: Type.Integer({
            minimum: 0,
            description: 'How many webhooks it goes to; for a repetition, how many the first went to.',
          }),
          duplicate: Type.Boolean({
            description: "Whether the account's id is known from the last 24 hours; nothing is sent again.",
          }),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);

const deliverySchema = Type.Object(
  {
    id: Type.String({
      format: 'uuid',
      description: "As in x-webhook-event-id, webhook-id and the webhook's log.",
    }),
    webhook_id: uuidSchema,
    status: deliveryStatusSchema,
    next_attempt_at: nullable(
      Type.String({ format: 'date-time', description: 'When it is due; null once it has ended.' }),
    ),
    created_at: momentSchema,
    completed_at: nullable(momentSchema),
    attempts: Type.Array(reference(attemptSchema), { description: 'In the order in which they were made.' }),
  },
  { $id: 'Delivery', additionalProperties: false },
);

export const eventSchema = Type.Object(
  {
    id: uuidSchema,
    account_id: uuidSchema,
    event: Type.String({ description: "The catalogue's name, whichever way it was published." }),
    producer_id: nullable(Type.String({ description: 'The id that the producer gave.' })),
    timestamp: Type.String({ format: 'date-time', description: 'When it happened, to the second.' }),
    request_id: nullable(Type.String()),
    created_at: Type.String({ format: 'date-time', description: 'When it was published.' }),
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
