import { canonicalParent, type EventFilters, subscriptionPatterns } from '../../domain/event-type.ts';
import type { Webhook, WebhookInput } from '../../domain/webhook.ts';
import { parseWebhookInput, type Sandboxed } from '../../domain/webhook-input.ts';
import type { StoredWebhook } from '../../storage/webhooks.ts';
import { invalid, type Refusal } from '../answer.ts';
import type { ApiDependencies } from '../dependencies.ts';

/** The body of a create or update: first its fields, then whether its endpoint may be reached at all. */
export async function readWebhookInput(
  { catalogue, config, checkEndpoint }: ApiDependencies,
  body: unknown,
): Promise<(WebhookInput & Sandboxed) | Refusal> {
  const input = parseWebhookInput(body, await catalogue.all(), { requireHttps: config.requireHttps });
  if (!input.ok) return invalid(input.error, 'when-several');
  const reason = await checkEndpoint(input.value.endpointUrl);
  if (reason === null) return input.value;
  const message = `Endpoint URL is not allowed: ${reason}`;
  return invalid([{ field: 'endpoint_url', message }], 'when-several');
}

/** What is stored: the input, and for what it leaves out the settings that hold already. */
export function settingsOf(
  input: WebhookInput,
  held: Pick<Webhook, 'eventFilters' | 'retryCount' | 'timeoutSeconds'>,
): StoredWebhook {
  const eventFilters =
    input.eventFilters === undefined
      ? stillSubscribed(held.eventFilters, input.eventTypes)
      : input.eventFilters;
  return {
    displayName: input.displayName,
    endpointUrl: input.endpointUrl,
    eventTypes: input.eventTypes,
    eventFilters,
    patterns: subscriptionPatterns(input.eventTypes, eventFilters),
    retryCount: input.retryCount ?? held.retryCount,
    timeoutSeconds: input.timeoutSeconds ?? held.timeoutSeconds,
  };
}

/** A kept filter goes with its family when the family is no longer subscribed. */
function stillSubscribed(filters: EventFilters | null, eventTypes: readonly string[]): EventFilters | null {
  if (filters === null) return null;
  const subscribed = new Set(eventTypes.map(canonicalParent));
  const kept = Object.entries(filters).filter(([parent]) => subscribed.has(canonicalParent(parent)));
  return kept.length === 0 ? null : Object.fromEntries(kept);
}
