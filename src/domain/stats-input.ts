/** What clients ask of the statistics, read into values or refused field by field. */
import { type Checked, checkChoice, type Fields, together, wrong } from './check.ts';
import { isUuid } from './identifier.ts';
import type { Issues } from './issue.ts';
import { checkSearch, filled, type Page, pageChecks, queryFields } from './query-check.ts';
import { accept, type Result } from './result.ts';
import { defaultStatsRange, type StatsRange, statsRanges } from './stats-window.ts';
import { type WebhookHealth, webhookHealths } from './webhook.ts';

/** `failing`: those that fail worst, then those that are disabled, then all others. */
export const webhookStatsSorts = ['newest', 'failing'] as const;
export type WebhookStatsSort = (typeof webhookStatsSorts)[number];

export interface StatsQuery {
  readonly range: StatsRange;
  /** Null: of all webhooks of the account. */
  readonly webhookId: string | null;
}

export interface WebhookStatsQuery extends Page {
  readonly range: StatsRange;
  readonly search: string | null;
  /** Null: of any. */
  readonly health: WebhookHealth | null;
  readonly sort: WebhookStatsSort;
}

export function parseStatsRange(query: unknown): Result<{ readonly range: StatsRange }, Issues> {
  return together({ range: checkRange(queryFields(query)) });
}

export function parseStatsQuery(query: unknown): Result<StatsQuery, Issues> {
  const fields = queryFields(query);
  return together({ range: checkRange(fields), webhookId: filled(fields.webhook_id, checkWebhookId) });
}

export function parseWebhookStatsQuery(query: unknown): Result<WebhookStatsQuery, Issues> {
  const fields = queryFields(query);
  return together({
    range: checkRange(fields),
    ...pageChecks(fields),
    search: checkSearch(fields.search),
    health: filled(fields.health, (value) => checkChoice(value, 'health', webhookHealths)),
    sort: orDefault(
      filled(fields.sort, (value) => checkChoice(value, 'sort', webhookStatsSorts)),
      'newest',
    ),
  });
}

function checkRange({ range }: Fields): Checked<StatsRange> {
  return orDefault(
    filled(range, (value) => checkChoice(value, 'range', statsRanges)),
    defaultStatsRange,
  );
}

function checkWebhookId(value: unknown): Checked<string> {
  return typeof value === 'string' && isUuid(value) ? accept(value) : wrong('webhook_id', 'must be a UUID');
}

function orDefault<Value>(checked: Checked<Value | null>, whenAbsent: Value): Checked<Value> {
  return checked.ok ? accept(checked.value ?? whenAbsent) : checked;
}
