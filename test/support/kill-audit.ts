/** What became of everything that was acknowledged: by what receivers got, and by what the log says. */
import sql from 'sql-template-tag';
import type { Queryable } from '../../src/storage/database.ts';
import { nobody } from '../../src/storage/leases.ts';
import { eventually } from './eventually.ts';
import type { Producer } from './kill-load.ts';
import type { ReceivedRequest } from './receiver.ts';

export interface Audited {
  readonly address: string;
  readonly apiKey: string;
  /** Path of the endpoint, to the webhook's id. */
  readonly webhooks: ReadonlyMap<string, string>;
  readonly requests: readonly ReceivedRequest[];
}

interface LogItem {
  readonly id: string;
  readonly delivery_status: string;
  readonly event_data: { readonly payload: { readonly n: string } };
}

interface LogPage {
  readonly events: readonly LogItem[];
  readonly pagination: { readonly total_count: number; readonly has_more: boolean };
}

const patienceMs = 60_000;

/** Waits until no log shows anything unfinished. */
export async function untilLogsAreFinished({ address, apiKey, webhooks }: Audited): Promise<void> {
  for (const id of webhooks.values()) {
    for (const status of ['pending', 'retrying']) {
      await eventually(
        async () =>
          (await logPage(address, apiKey, id, `status=${status}&page_size=1`)).pagination.total_count,
        (count) => count === 0,
        patienceMs,
      );
    }
  }
}

/**
 * The acknowledged events that some webhook did not get, or of which its log does not say so, once. Each is named by its
 * producer's id and the path of the webhook.
 */
export async function lostEvents(producer: Producer, audited: Audited): Promise<string[]> {
  const lost: string[] = [];
  for (const [path, webhookId] of audited.webhooks) {
    const logged = byEvent(await wholeLog(audited, webhookId));
    const received = new Set(
      audited.requests
        .filter((request) => request.path === `/${path}`)
        .map(({ headers, body }) => `${headers['x-webhook-event-id']} ${JSON.parse(body).payload.n}`),
    );
    for (const n of producer.acknowledged.keys()) {
      const [item, ...others] = logged.get(n) ?? [];
      const isThere = item?.delivery_status === 'delivered' && received.has(`${item.id} ${n}`);
      if (!isThere || others.length > 0) lost.push(`${n} /${path}`);
    }
  }
  return lost;
}

function byEvent(items: readonly LogItem[]): Map<string, LogItem[]> {
  const map = new Map<string, LogItem[]>();
  for (const item of items) {
    const { n } = item.event_data.payload;
    map.set(n, [...(map.get(n) ?? []), item]);
  }
  return map;
}

async function wholeLog({ address, apiKey }: Audited, webhookId: string): Promise<LogItem[]> {
  const items: LogItem[] = [];
  for (let page = 1; ; page++) {
    const { events, pagination } = await logPage(address, apiKey, webhookId, `page=${page}&page_size=100`);
    items.push(...events);
    if (!pagination.has_more) return items;
  }
}

async function logPage(address: string, apiKey: string, webhookId: string, query: string): Promise<LogPage> {
  const response = await fetch(`${address}/v3/webhooks/${webhookId}/events?${query}`, {
    headers: { 'x-api-key': apiKey },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`the log answered ${response.status}: ${text}`);
  return JSON.parse(text).data;
}

/** The deliveries of which one and the same attempt arrived again, once for each time. */
export function sentAgain(requests: readonly ReceivedRequest[]): string[] {
  const seen = new Set<string>();
  return requests.flatMap(({ headers }) => {
    const attempt = `${headers['x-webhook-event-id']} ${headers['x-webhook-attempt']}`;
    if (seen.has(attempt)) return [String(headers['x-webhook-event-id'])];
    seen.add(attempt);
    return [];
  });
}

/** What processes hold, as distinct from what waits for its time. */
export async function leasedDeliveries(db: Queryable): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    sql`select id from pending_deliveries where lease <> ${nobody}`,
  );
  return rows.map(({ id }) => id);
}

export async function unfinishedDeliveries(db: Queryable): Promise<number> {
  return (await db.query(sql`select from pending_deliveries`)).length;
}
