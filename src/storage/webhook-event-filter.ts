/** Which deliveries a query on the log of a webhook asks for: as conditions on the queue, on the log and on its counts. */
import sql, { join, type Sql } from 'sql-template-tag';
import type { DeliveryStatus } from '../domain/delivery.ts';
import { isUuid, lowestIdAt } from '../domain/identifier.ts';
import type { Page } from './page.ts';

export interface WebhookEventQuery extends Page {
  /** Part of the event name, or an id; null: all. */
  readonly search: string | null;
  readonly status: DeliveryStatus | null;
  /** Inclusive. */
  readonly from: Date | null;
  /** Exclusive. */
  readonly to: Date | null;
}

export interface WebhookEventFilter {
  /** On pending_deliveries; null: none of them. */
  readonly unfinished: Sql | null;
  /** On deliveries; null: none of them. */
  readonly finished: Sql | null;
  /** On delivery_counts, whatever the days; null: they cannot tell. */
  readonly counted: Sql | null;
}

export function filterOf(accountId: string, webhookId: string, query: WebhookEventQuery): WebhookEventFilter {
  const { search, status, from, to } = query;
  const ofWebhook = [
    sql`webhook_id = ${webhookId}::uuid`,
    sql`exists (select from webhooks where id = ${webhookId}::uuid and account_id = ${accountId}::uuid)`,
  ];
  const narrowed = [
    ...ofWebhook,
    ...(search === null ? [] : [matching(search)]),
    ...(from === null ? [] : [sql`id >= ${lowestIdAt(from)}::uuid`]),
    ...(to === null ? [] : [sql`id < ${lowestIdAt(to)}::uuid`]),
  ];
  const isUnfinished = status === 'pending' || status === 'retrying';
  const isFinished = status === 'delivered' || status === 'failed';
  const ofStatus = isFinished ? [endedAs(status)] : [];
  return {
    unfinished: isFinished ? null : all([...narrowed, ...(isUnfinished ? [triedAs(status)] : [])]),
    finished: isUnfinished ? null : all([...narrowed, ...ofStatus]),
    counted: isUnfinished || search !== null ? null : all([...ofWebhook, ...ofStatus]),
  };
}

function all(conditions: readonly Sql[]): Sql {
  return join(conditions, ' and ');
}

function triedAs(status: 'pending' | 'retrying'): Sql {
  return status === 'pending' ? sql`attempts = 0` : sql`attempts > 0`;
}

/** Not as a parameter: the index of what failed is found by the word. */
function endedAs(status: 'delivered' | 'failed'): Sql {
  return status === 'failed' ? sql`status = 'failed'` : sql`status = 'delivered'`;
}

/** Names of events have no hyphen: what reads as an id is one. */
function matching(search: string): Sql {
  return isUuid(search) ? sql`id = ${search}::uuid` : sql`strpos(event_name, lower(${search})) > 0`;
}
