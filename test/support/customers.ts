/** Accounts with webhooks of a service, and events published to them until each is acknowledged, by whoever is up. */
import { EventEmitter, once } from 'node:events';

export interface Customer {
  readonly accountId: string;
  readonly apiKey: string;
  /** Name of the webhook, which is the path of its endpoint, to its id. */
  readonly webhooks: ReadonlyMap<string, string>;
  /** What was acknowledged, as numbers that no other event has. */
  readonly acknowledged: number[];
}

interface Address {
  readonly address: string;
}

const eventsPerRequest = 20;
const publishers = 4;
let lastEvent = 0;

export async function createCustomer(
  { address }: Address,
  platformKey: string,
  endpoint: string,
  webhooks: readonly string[],
): Promise<Customer> {
  const accounts = `${address}/platform/v1/accounts`;
  const { id: accountId } = await post(accounts, platformKey, { type: 'user', name: 'Acme' });
  const { key: apiKey } = await post(`${accounts}/${accountId}/api-keys`, platformKey, {});
  const ids = new Map<string, string>();
  for (const name of webhooks) {
    const webhook = await post(`${address}/v3/webhooks`, apiKey, {
      display_name: name,
      endpoint_url: `${endpoint}/${name}`,
      event_types: ['message'],
      retry_count: 5,
      timeout_seconds: 120,
    });
    ids.set(name, webhook.id);
  }
  return { accountId, apiKey, webhooks: ids, acknowledged: [] };
}

interface Created {
  readonly id: string;
  readonly key: string;
}

async function post(url: string, key: string, body: object): Promise<Created> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return JSON.parse(text).data;
}

/** One request. False: nothing was promised, and the same events have to be published again. */
export async function publish(
  { address }: Address,
  platformKey: string,
  { accountId }: Customer,
  numbers: readonly number[],
): Promise<boolean> {
  const events = numbers.map((n) => ({
    account_id: accountId,
    event: 'message.sent',
    id: String(n),
    payload: { n },
  }));
  try {
    await post(`${address}/platform/v1/events`, platformKey, { events });
    return true;
  } catch {
    return false;
  }
}

export interface Publishing {
  /** The services that take turns in being published to. */
  readonly services: Set<Address>;
  /** Requests that were not acknowledged, and repeated. */
  readonly repeated: number;
  /** Resolves once so many more events were acknowledged. */
  acknowledges(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** Publishes as fast as it is acknowledged, to the customers in turn, through the services in turn. */
export function startPublishing(
  first: Address,
  platformKey: string,
  customers: readonly Customer[],
): Publishing {
  const services = new Set([first]);
  const progress = new EventEmitter();
  let acknowledged = 0;
  let turn = 0;
  let repeated = 0;
  let stopped = false;

  async function publishUntilStopped(): Promise<void> {
    while (!stopped) {
      const customer = customers[turn % customers.length];
      if (customer === undefined) throw new Error('there is no customer');
      const numbers = Array.from({ length: eventsPerRequest }, () => ++lastEvent);
      while (!(await publish(nextService(), platformKey, customer, numbers))) repeated++;
      customer.acknowledged.push(...numbers);
      acknowledged += numbers.length;
      progress.emit('acknowledged');
    }
  }
  function nextService(): Address {
    const service = [...services][turn++ % services.size];
    if (service === undefined) throw new Error('there is no service');
    return service;
  }
  const running = Promise.all(Array.from({ length: publishers }, publishUntilStopped));
  return {
    services,
    get repeated() {
      return repeated;
    },
    async acknowledges(count) {
      const goal = acknowledged + count;
      while (acknowledged < goal) await Promise.race([once(progress, 'acknowledged'), running]);
    },
    async stop() {
      stopped = true;
      await running;
    },
  };
}
