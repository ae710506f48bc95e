import { type Static, Type } from 'typebox';
import {
  displayNameLengthMax,
  endpointUrlLengthMax,
  retryCountRange,
  timeoutSecondsRange,
  type Webhook,
} from '../../domain/webhook.ts';
import { momentText, momentTextOrNull } from '../moment.ts';
import { paginationSchema } from './pagination.ts';
import { momentSchema, nullable, reference, sandboxSchema, uuidSchema } from './shared.ts';

const eventTypesSchema = Type.Array(Type.String(), {
  minItems: 1,
  description: 'Names of parent event types.',
});
const eventFiltersSchema = nullable(
  Type.Record(Type.String(), Type.Array(Type.String()), {
    description: 'The suffixes wanted of a parent; a parent without an entry sends all of its events.',
  }),
);
const retryCountSchema = Type.Integer({ minimum: retryCountRange.min, maximum: retryCountRange.max });
const timeoutSecondsSchema = Type.Integer({
  minimum: timeoutSecondsRange.min,
  maximum: timeoutSecondsRange.max,
});

export const webhookSchema = Type.Object(
  {
    id: uuidSchema,
    display_name: Type.String({ minLength: 1, maxLength: displayNameLengthMax }),
    endpoint_url: Type.String({ maxLength: endpointUrlLengthMax }),
    signing_secret: nullable(
      Type.String({ pattern: '^whsec_', description: 'Shown on create only; null everywhere else.' }),
    ),
    is_active: Type.Boolean(),
    event_types: eventTypesSchema,
    event_filters: eventFiltersSchema,
    retry_count: retryCountSchema,
    timeout_seconds: timeoutSecondsSchema,
    last_delivery_attempt_at: nullable(momentSchema),
    last_successful_delivery_at: nullable(momentSchema),
    consecutive_failures: Type.Integer({ minimum: 0 }),
    created_at: momentSchema,
    updated_at: nullable(momentSchema),
    customer_id: uuidSchema,
  },
  { $id: 'Webhook', additionalProperties: false },
);

export const webhookListSchema = Type.Object(
  { webhooks: Type.Array(reference(webhookSchema)), pagination: reference(paginationSchema) },
  { additionalProperties: false },
);

export const webhookBodySchema = Type.Object(
  {
    display_name: Type.String({ minLength: 1, maxLength: displayNameLengthMax }),
    endpoint_url: Type.String({
      maxLength: endpointUrlLengthMax,
      description: 'An absolute HTTP or HTTPS URL.',
    }),
    event_types: eventTypesSchema,
    event_filters: Type.Optional(eventFiltersSchema),
    retry_count: Type.Optional(retryCountSchema),
    timeout_seconds: Type.Optional(timeoutSecondsSchema),
    sandbox: Type.Optional(sandboxSchema),
  },
  { $id: 'WebhookBody' },
);

export const toggleBodySchema = Type.Object({
  is_active: Type.Boolean(),
  sandbox: Type.Optional(sandboxSchema),
});

/** The secret is shown once, on create; null stands for it everywhere else. */
export function webhookView(webhook: Webhook, signingSecret: string | null): Static<typeof webhookSchema> {
  return {
    id: webhook.id,
    display_name: webhook.displayName,
    endpoint_url: webhook.endpointUrl,
    signing_secret: signingSecret,
    is_active: webhook.isActive,
    event_types: [...webhook.eventTypes],
    event_filters: webhook.eventFilters === null ? null : filtersView(webhook.eventFilters),
    retry_count: webhook.retryCount,
    timeout_seconds: webhook.timeoutSeconds,
    last_delivery_attempt_at: momentTextOrNull(webhook.lastDeliveryAttemptAt),
    last_successful_delivery_at: momentTextOrNull(webhook.lastSuccessfulDeliveryAt),
    consecutive_failures: webhook.consecutiveFailures,
    created_at: momentText(webhook.createdAt),
    updated_at: momentTextOrNull(webhook.updatedAt),
    customer_id: webhook.accountId,
  };
}

function filtersView(filters: NonNullable<Webhook['eventFilters']>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(filters).map(([parent, suffixes]) => [parent, [...suffixes]]));
}
