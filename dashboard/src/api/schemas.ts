/** The shapes of the API, as the server declares them. */
import type { Static } from 'typebox';
import type {
  accountChangeBodySchema,
  accountListSchema,
  accountSchema,
  newAccountBodySchema,
} from '../../../src/api/schemas/account.ts';
import type {
  apiKeyBodySchema,
  apiKeyListSchema,
  apiKeySchema,
  newApiKeySchema,
} from '../../../src/api/schemas/api-key.ts';
import type { eventSchema, publishedSchema } from '../../../src/api/schemas/event.ts';
import type {
  eventTypeBodySchema,
  eventTypeListSchema,
  eventTypeSchema,
  subscribableTypeListSchema,
} from '../../../src/api/schemas/event-type.ts';
import type { meSchema } from '../../../src/api/schemas/me.ts';
import type { paginationSchema } from '../../../src/api/schemas/pagination.ts';
import type { platformStatsSchema } from '../../../src/api/schemas/platform-stats.ts';
import type { statsSchema } from '../../../src/api/schemas/stats.ts';
import type { webhookBodySchema, webhookSchema } from '../../../src/api/schemas/webhook.ts';
import type {
  resendResultSchema,
  rotatedSecretSchema,
  testResultSchema,
} from '../../../src/api/schemas/webhook-action.ts';
import type { webhookEventListSchema, webhookEventSchema } from '../../../src/api/schemas/webhook-event.ts';
import type { webhookEventDetailSchema } from '../../../src/api/schemas/webhook-event-detail.ts';
import type { webhookStatsListSchema, webhookStatsSchema } from '../../../src/api/schemas/webhook-stats.ts';

export type Account = Static<typeof accountSchema>;
export type AccountChange = Static<typeof accountChangeBodySchema>;
export type AccountList = Static<typeof accountListSchema>;
export type ApiKey = Static<typeof apiKeySchema>;
export type ApiKeyList = Static<typeof apiKeyListSchema>;
export type ApiKeySettings = Static<typeof apiKeyBodySchema>;
export type CatalogueEntry = Static<typeof eventTypeSchema>;
export type CatalogueEntrySettings = Static<typeof eventTypeBodySchema>;
export type CatalogueList = Static<typeof eventTypeListSchema>;
export type Me = Static<typeof meSchema>;
export type NewAccount = Static<typeof newAccountBodySchema>;
export type NewApiKey = Static<typeof newApiKeySchema>;
export type Pagination = Static<typeof paginationSchema>;
export type Published = Static<typeof publishedSchema>;
export type ResendResult = Static<typeof resendResultSchema>;
export type RotatedSecret = Static<typeof rotatedSecretSchema>;
export type StoredEvent = Static<typeof eventSchema>;
export type SubscribableTypeList = Static<typeof subscribableTypeListSchema>;
export type TestResult = Static<typeof testResultSchema>;
export type Webhook = Static<typeof webhookSchema>;
export type WebhookBody = Static<typeof webhookBodySchema>;
export type WebhookEvent = Static<typeof webhookEventSchema>;
export type WebhookEventDetail = Static<typeof webhookEventDetailSchema>;
export type WebhookEventList = Static<typeof webhookEventListSchema>;
export type Stats = Static<typeof statsSchema>;
export type StatsRange = Stats['range'];
export type StatsSeries = Stats['series'];
export type PlatformStats = Static<typeof platformStatsSchema>;
export type WebhookStats = Static<typeof webhookStatsSchema>;
export type WebhookStatsList = Static<typeof webhookStatsListSchema>;
