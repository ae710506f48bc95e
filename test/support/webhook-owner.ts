/** An account of a running service that points webhooks at URLs, and sees what became of what was sent there. */
import { eventually } from './eventually.ts';

export interface WebhookOwner {
  /** With one retry, and five seconds for each attempt. */
  create(url: string): Promise<Answered>;
  /** The id. @throws when it is refused */
  created(url: string): Promise<string>;
  update(id: string, url: string): Promise<Answered>;
  /** Null: it was delivered; else the reason why not. */
  test(id: string): Promise<string | null>;
  /** The same, of a delivery that has ended. */
  resend(delivery: SeenDelivery | undefined): Promise<string | null>;
  /** One event to all of its webhooks. The id of the event. */
  publish(): Promise<string>;
  /** By webhook. */
  deliveriesSoFar(eventId: string): Promise<ReadonlyMap<string, SeenDelivery>>;
  /** The same, once each has ended. */
  deliveriesOf(eventId: string): Promise<ReadonlyMap<string, SeenDelivery>>;
}

export interface Answered {
  readonly status: number;
  readonly error: { readonly message: string } | null;
  readonly data: { readonly id: string; readonly success: boolean; readonly message: string };
}

export interface SeenDelivery {
  readonly id: string;
  readonly webhook_id: string;
  readonly status: string;
  /** Null until it has ended. */
  readonly completed_at: string | null;
  readonly attempts: readonly {
    readonly http_status_code: number | null;
    readonly error_message: string | null;
  }[];
}

export interface WebhookOwnerKeys {
  readonly address: string;
  readonly platformKey: string;
  readonly apiKey: string;
  readonly accountId: string;
}

export function webhookOwner({ address, platformKey, apiKey, accountId }: WebhookOwnerKeys): WebhookOwner {
  const ask = <Answer>(method: string, path: string, body?: object): Promise<Answer> =>
    request(`${address}${path}`, method, path.startsWith('/platform') ? platformKey : apiKey, body);
  const create = (url: string) => ask<Answered>('POST', '/v3/webhooks', webhookAt(url));
  const deliveriesSoFar = async (eventId: string) => {
    const { data } = await ask<EventAnswer>('GET', `/platform/v1/events/${eventId}`);
    return new Map(data.deliveries.map((delivery) => [delivery.webhook_id, delivery]));
  };

  return {
    create,
    async created(url) {
      const answered = await create(url);
      if (answered.status !== 201) throw new Error(`not created: ${JSON.stringify(answered)}`);
      return answered.data.id;
    },
    update: (id, url) => ask('PUT', `/v3/webhooks/${id}`, webhookAt(url)),
    async test(id) {
      const body = { event_type: 'message.sent' };
      const answered = await ask<Answered>('POST', `/v3/webhooks/${id}/test`, body);
      if (answered.status !== 200) throw new Error(`not tested: ${JSON.stringify(answered)}`);
      return answered.data.success ? null : answered.data.message;
    },
    async resend(delivery) {
      if (delivery === undefined) throw new Error('there is no delivery to send again');
      const { webhook_id, id } = delivery;
      const answered = await ask<Resent>('POST', `/v3/webhooks/${webhook_id}/events/${id}/resend`, {});
      if (answered.status !== 200) throw new Error(`not sent again: ${JSON.stringify(answered)}`);
      return answered.data.status === 'delivered' ? null : answered.data.message;
    },
    async publish() {
      const body = { account_id: accountId, event: 'message.sent', payload: {} };
      const answered = await ask<Published>('POST', '/platform/v1/events', body);
      const id = answered.data?.events[0]?.id;
      if (id === undefined) throw new Error(`not published: ${JSON.stringify(answered)}`);
      return id;
    },
    deliveriesSoFar,
    deliveriesOf: (eventId) =>
      eventually(
        () => deliveriesSoFar(eventId),
        (deliveries) => [...deliveries.values()].every(({ completed_at }) => completed_at !== null),
        60_000,
      ),
  };
}

interface Published {
  readonly data: { readonly events: readonly { readonly id: string }[] } | null;
}

interface Resent {
  readonly status: number;
  readonly data: { readonly status: string; readonly message: string };
}

interface EventAnswer {
  readonly data: { readonly deliveries: readonly SeenDelivery[] };
}

function webhookAt(url: string): object {
  return {
    display_name: 'x',
    endpoint_url: url,
    event_types: ['message'],
    retry_count: 1,
    timeout_seconds: 5,
  };
}

async function request<Answer>(url: string, method: string, key: string, body?: object): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, ...JSON.parse(await response.text()) };
}
