/** Webhooks of the first profile, and events for them, made through the API as a platform and its customer make them. */
import type { TestService } from '../support/service.ts';

interface WebhookSettings {
  readonly event_types?: readonly string[];
  readonly retry_count?: number;
}

/** Its id. */
export async function createWebhook(
  { address, keys }: TestService,
  endpointUrl: string,
  settings: WebhookSettings = {},
): Promise<string> {
  const { id } = await post<{ id: string }>(`${address}/v3/webhooks`, keys.profileKey, {
    display_name: 'Orders',
    endpoint_url: endpointUrl,
    event_types: ['message'],
    ...settings,
  });
  return id;
}

/** One event for each payload. */
export async function publish(
  { address, keys }: TestService,
  event: string,
  payloads: readonly object[] = [{ message_id: 'm-1' }],
): Promise<void> {
  const events = payloads.map((payload) => ({ account_id: keys.profileId, event, payload }));
  await post(`${address}/platform/v1/events`, keys.platformKey, { events });
}

export interface Logged {
  readonly id: string;
  readonly event_type: string;
  readonly delivery_status: string;
  readonly delivery_attempts: number;
}

export async function deliveriesOf(
  { address, keys }: TestService,
  webhookId: string,
): Promise<readonly Logged[]> {
  const response = await fetch(`${address}/v3/webhooks/${webhookId}/events?page_size=100`, {
    headers: { 'x-api-key': keys.profileKey },
  });
  return JSON.parse(await response.text()).data.events;
}

async function post<Data>(url: string, key: string, body: object): Promise<Data> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return JSON.parse(text).data;
}
