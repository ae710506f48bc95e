/** Events published on several connections, singly and in batches, until the service dies; and a book of what it promised. */
import { randomUUID } from 'node:crypto';

export interface Producer {
  readonly platformKey: string;
  readonly accountId: string;
  /** Producer's id of each event that was answered with 202, with the event's id. */
  readonly acknowledged: Map<string, string>;
  /** Producer's ids of what was sent and not answered: nothing is promised of these. */
  readonly doubtful: Set<string>;
}

export interface Load {
  /** Every connection was refused or broken. */
  readonly refused: Promise<unknown>;
  /** Requests under way are waited for. */
  stop(): Promise<void>;
}

/** Of each connection, the events of one request. */
const batchSizes = [1, 5, 20];

export function createProducer(platformKey: string, accountId: string): Producer {
  return { platformKey, accountId, acknowledged: new Map(), doubtful: new Set() };
}

export function newProducerIds(count: number): string[] {
  return Array.from({ length: count }, randomUUID);
}

/** Each connection publishes as fast as it is answered, and ends when it is not. */
export function startLoad(producer: Producer, address: string): Load {
  let stopped = false;
  const running = Promise.all(
    batchSizes.map(async (size) => {
      while (!stopped && (await publish(producer, address, newProducerIds(size))) !== null);
    }),
  );
  return {
    refused: running,
    async stop() {
      stopped = true;
      await running;
    },
  };
}

interface PublishedEvent {
  readonly id: string;
  readonly duplicate: boolean;
}

/** Null when the connection broke or the service was away. @throws at any other answer than 202 and 503 */
export async function publish(
  { platformKey, accountId, acknowledged, doubtful }: Producer,
  address: string,
  ids: readonly string[],
): Promise<readonly PublishedEvent[] | null> {
  for (const id of ids) doubtful.add(id);
  const events = ids.map((id) => ({ account_id: accountId, event: 'message.sent', id, payload: { n: id } }));
  const answer = await post(`${address}/platform/v1/events`, platformKey, { events });
  if (answer === null) return null;
  const published: readonly PublishedEvent[] = JSON.parse(answer).data.events;
  for (const [n, id] of ids.entries()) {
    acknowledged.set(id, published[n]?.id ?? '');
    doubtful.delete(id);
  }
  return published;
}

/** As a producer must: publishes again what was not answered. @returns how many of these were stored already */
export async function repeatDoubtful(producer: Producer, address: string): Promise<number> {
  let stored = 0;
  const ids = [...producer.doubtful];
  for (let first = 0; first < ids.length; first += 500) {
    const published = await publish(producer, address, ids.slice(first, first + 500));
    if (published === null) throw new Error('the service did not take what was published again');
    stored += published.filter(({ duplicate }) => duplicate).length;
  }
  return stored;
}

async function post(url: string, key: string, body: object): Promise<string | null> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify(body),
    });
    text = await response.text();
  } catch {
    return null;
  }
  if (response.status === 503) return null;
  if (response.status !== 202) throw new Error(`${url} answered ${response.status}: ${text}`);
  return text;
}
