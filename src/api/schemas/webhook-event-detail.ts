import { type Static, Type } from 'typebox';
import type { WebhookEventDetail } from '../../storage/webhook-events.ts';
import { momentTextOrNull } from '../moment.ts';
import { attemptSchema, attemptView } from './attempt.ts';
import { nullable, reference, uuidSchema } from './shared.ts';
import { webhookEventSchema, webhookEventView } from './webhook-event.ts';

export const webhookEventParamsSchema = Type.Object({
  id: uuidSchema,
  event_id: Type.String({
    format: 'uuid',
    description: 'Of an item of the delivery log, as in x-webhook-event-id.',
  }),
});

const sentRequestSchema = Type.Object(
  {
    method: Type.Literal('POST'),
    url: Type.String(),
    headers: nullable(
      Type.Record(Type.String(), Type.String(), {
        description:
          'In the order in which they are sent; the connection adds host, connection and content-length. Null when the body is, and when the signing secret cannot be read.',
      }),
    ),
    body: nullable(Type.String({ description: 'The exact text; null when the event is past retention.' })),
    as_sent: Type.Boolean({
      description:
        'Whether this is the request of the latest attempt. False before the first attempt, and when the webhook was changed after the latest: URL and signatures are then made from what it is now.',
    }),
  },
  { $id: 'SentRequest', additionalProperties: false },
);

export const webhookEventDetailSchema = Type.Object(
  {
    event: reference(webhookEventSchema),
    request: reference(sentRequestSchema),
    attempts: Type.Array(reference(attemptSchema), { description: 'In the order in which they were made.' }),
    next_attempt_at: nullable(
      Type.String({
        format: 'date-time',
        description: 'When it is due; null once the delivery has ended, and while an attempt is under way.',
      }),
    ),
  },
  { $id: 'WebhookEventDetail', additionalProperties: false },
);

export const webhookEventDetailComponents = [sentRequestSchema, webhookEventDetailSchema];

export type SentRequest = Static<typeof sentRequestSchema>;

export function webhookEventDetailView(
  { event, attempts, nextAttemptAt }: WebhookEventDetail,
  request: SentRequest,
): Static<typeof webhookEventDetailSchema> {
  return {
    event: webhookEventView(event),
    request,
    attempts: attempts.map(attemptView),
    next_attempt_at: momentTextOrNull(nextAttemptAt),
  };
}
