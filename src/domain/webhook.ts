/** A webhook: where one account wants its events sent, which of them, and how patiently. */
import type { EventFilters } from './event-type.ts';

export const retryCountRange = { min: 1, max: 5, default: 3 } as const;
export const timeoutSecondsRange = { min: 5, max: 120, default: 30 } as const;
export const displayNameLengthMax = 255;
export const endpointUrlLengthMax = 2048;

/** `failing`: its latest deliveries failed. Nothing is delivered to one that is `disabled`. */
export const webhookHealths = ['active', 'failing', 'disabled'] as const;
export type WebhookHealth = (typeof webhookHealths)[number];

export interface Webhook {
  readonly id: string;
  readonly accountId: string;
  readonly displayName: string;
  readonly endpointUrl: string;
  readonly isActive: boolean;
  /** As the client sent them. */
  readonly eventTypes: readonly string[];
  readonly eventFilters: EventFilters | null;
  readonly retryCount: number;
  readonly timeoutSeconds: number;
  readonly lastDeliveryAttemptAt: Date | null;
  readonly lastSuccessfulDeliveryAt: Date | null;
  readonly consecutiveFailures: number;
  readonly createdAt: Date;
  readonly updatedAt: Date | null;
}

/** What a create or update sets; a webhook's secret is made apart. */
export interface WebhookInput {
  readonly displayName: string;
  readonly endpointUrl: string;
  readonly eventTypes: readonly string[];
  /** Absent: keep (update) or none (create). Null: none. */
  readonly eventFilters?: EventFilters | null;
  readonly retryCount?: number;
  readonly timeoutSeconds?: number;
}
