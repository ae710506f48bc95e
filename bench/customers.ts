/** Accounts with their webhooks, made through the API as a platform and its customers make them. */
import { eventName } from './payload.ts';
import { platformKey } from './service.ts';

export interface Customer {
  readonly accountId: string;
  readonly apiKey: string;
  readonly webhookIds: readonly string[];
}

export interface CustomersWanted {
  readonly accounts: number;
  readonly webhooksEach: number;
  /** Where their events go. */
  readonly endpointUrl: string;
  readonly timeoutSeconds?: number;
}

export async function createCustomers(origin: string, wanted: CustomersWanted): Promise<Customer[]> {
  const customers: Customer[] = [];
  for (let number = 1; number <= wanted.accounts; number++) {
    customers.push(await createCustomer(origin, wanted));
  }
  return customers;
}

async function createCustomer(origin: string, wanted: CustomersWanted): Promise<Customer> {
  const accounts = `${origin}/platform/v1/accounts`;
  const account = await post<{ id: string }>(accounts, platformKey, { type: 'user', name: 'Bench' });
  const { key } = await post<{ key: string }>(`${accounts}/${account.id}/api-keys`, platformKey, {});
  const webhookIds: string[] = [];
  for (let number = 1; number <= wanted.webhooksEach; number++) {
    const webhook = await post<{ id: string }>(`${origin}/v3/webhooks`, key, {
      display_name: 'Bench',
      endpoint_url: wanted.endpointUrl,
      event_types: [eventName.split('.')[0]],
      timeout_seconds: wanted.timeoutSeconds ?? 30,
    });
    webhookIds.push(webhook.id);
  }
  return { accountId: account.id, apiKey: key, webhookIds };
}

async function post<Data>(url: string, apiKey: string, body: object): Promise<Data> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  const { data } = (await response.json()) as { data: Data };
  return data;
}
