/** Calls the API as whoever has a key, to arrange what a page is to show and to see what it did. */
import type { TestService } from '../support/service.ts';

export interface Answered<Data> {
  readonly status: number;
  readonly data: Data;
}

export type Caller = <Data>(method: string, path: string, body?: object) => Promise<Answered<Data>>;

export function callerOf({ address }: TestService, key: string): Caller {
  return async <Data>(method: string, path: string, body?: object): Promise<Answered<Data>> => {
    const response = await fetch(`${address}${path}`, {
      method,
      headers: { 'x-api-key': key, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, data: text === '' ? null : JSON.parse(text).data };
  };
}

/** What the API says of a webhook. */
export interface SeenWebhook {
  readonly id: string;
  readonly display_name: string;
  readonly endpoint_url: string;
  readonly signing_secret: string | null;
  readonly is_active: boolean;
  readonly event_types: readonly string[];
  readonly event_filters: Readonly<Record<string, readonly string[]>> | null;
  readonly retry_count: number;
  readonly timeout_seconds: number;
}

export async function makeWebhook(call: Caller, settings: Partial<SeenWebhook>): Promise<SeenWebhook> {
  const body = { event_types: ['message'], retry_count: 1, timeout_seconds: 5, ...settings };
  const { status, data } = await call<SeenWebhook>('POST', '/v3/webhooks', body);
  if (status !== 201) throw new Error(`the webhook was not created: ${status}`);
  return data;
}
