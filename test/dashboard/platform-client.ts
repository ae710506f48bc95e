/** What a test puts in and looks up beside the page, through the API. */
import type { TestService } from '../support/service.ts';

export interface Answered {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON the API answers; the tests say what they expect of it.
  readonly data: any;
}

export async function callApi(
  { address }: TestService,
  key: string,
  method: string,
  path: string,
  body?: object,
): Promise<Answered> {
  const response = await fetch(`${address}${path}`, {
    method,
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, data: text === '' ? null : JSON.parse(text).data };
}

export interface SeededAccount {
  readonly id: string;
  readonly key: string;
}

/** A user with a key of its own. */
export async function seedUser(service: TestService, name: string): Promise<SeededAccount> {
  const { platformKey } = service.keys;
  const account = await callApi(service, platformKey, 'POST', '/platform/v1/accounts', {
    type: 'user',
    name,
  });
  const path = `/platform/v1/accounts/${account.data.id}/api-keys`;
  const key = await callApi(service, platformKey, 'POST', path, { name: 'Seeded' });
  return { id: account.data.id, key: key.data.key };
}

/** The id. */
export async function seedWebhook(
  service: TestService,
  key: string,
  url: string,
  settings: object = {},
): Promise<string> {
  const body = { display_name: 'Receiver', endpoint_url: url, event_types: ['message'], ...settings };
  const created = await callApi(service, key, 'POST', '/v3/webhooks', body);
  if (created.status !== 201) throw new Error(`not created: ${JSON.stringify(created)}`);
  return created.data.id;
}
