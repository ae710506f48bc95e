/**
 * What clients send about webhooks (contract A6 and A7), read into values or refused with the exact messages of the
 * public API. Fields that are not known are ignored, because newer clients send some.
 */
import {
  type Checked,
  checkBody,
  checkChoice,
  checkFlag,
  checkInstant,
  checkInteger,
  checkText,
  type Fields,
  optional,
  quoted,
  together,
  wrong,
} from './check.ts';
import { type DeliveryStatus, deliveryStatuses } from './delivery.ts';
import { checkEndpointUrl } from './endpoint-url.ts';
import { canonicalName, type EventType } from './event-type.ts';
import type { Issues } from './issue.ts';
import { checkSearch, filled, type Page, pageChecks, queryFields } from './query-check.ts';
import { accept, type Result } from './result.ts';
import { checkEventFilters, checkEventTypes } from './subscription-input.ts';
import { displayNameLengthMax, retryCountRange, timeoutSecondsRange, type WebhookInput } from './webhook.ts';

export const overlapSecondsRange = { min: 1, max: 604_800 } as const;

export interface Sandboxed {
  /** True: check everything, store and send nothing. */
  readonly sandbox: boolean;
}

export interface WebhookListQuery extends Page {
  readonly search: string | null;
  readonly isActive: boolean | null;
}

export interface WebhookEventsQuery extends Page {
  readonly search: string | null;
  readonly status: DeliveryStatus | null;
  readonly from: Date | null;
  readonly to: Date | null;
}

/** The body of a create or update. Issues stand in the order of the public API's fields. */
export function parseWebhookInput(
  body: unknown,
  catalogue: readonly EventType[],
  rules: { readonly requireHttps: boolean },
): Result<WebhookInput & Sandboxed, Issues> {
  const fields = checkBody(body);
  if (!fields.ok) return fields;
  const { display_name, endpoint_url, event_types, event_filters, retry_count, timeout_seconds } =
    fields.value;
  const eventTypes = checkEventTypes(event_types, 'event_types', catalogue);
  const subscription = { eventTypes: eventTypes.ok ? eventTypes.value : null, catalogue };
  const input = together({
    displayName: checkText(display_name, 'display_name', displayNameLengthMax),
    endpointUrl: checkEndpointUrl(endpoint_url, 'endpoint_url', rules),
    eventTypes,
    eventFilters:
      event_filters === undefined
        ? accept(undefined)
        : checkEventFilters(event_filters, 'event_filters', subscription),
    retryCount: optional(retry_count, (value) => checkInteger(value, 'retry_count', retryCountRange)),
    timeoutSeconds: optional(timeout_seconds, (value) =>
      checkInteger(value, 'timeout_seconds', timeoutSecondsRange),
    ),
    sandbox: checkSandbox(fields.value),
  });
  if (!input.ok) return input;
  const { eventFilters, retryCount, timeoutSeconds, ...required } = input.value;
  return accept({
    ...required,
    ...(eventFilters !== undefined && { eventFilters }),
    ...(retryCount !== undefined && { retryCount }),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
  });
}

export function parseToggle(body: unknown): Result<{ readonly isActive: boolean } & Sandboxed, Issues> {
  const fields = checkBody(body);
  if (!fields.ok) return fields;
  return together({
    isActive: checkFlag(fields.value.is_active, 'is_active'),
    sandbox: checkSandbox(fields.value),
  });
}

/** The body may be absent. An overlap of 0 seconds means that the old secret is dead at once. */
export function parseRotate(body: unknown): Result<{ readonly overlapSeconds: number } & Sandboxed, Issues> {
  const fields = checkBody(body ?? {});
  if (!fields.ok) return fields;
  const input = together({
    overlapSeconds: optional(fields.value.overlap_seconds, (value) =>
      checkInteger(value, 'overlap_seconds', overlapSecondsRange),
    ),
    sandbox: checkSandbox(fields.value),
  });
  return input.ok ? accept({ ...input.value, overlapSeconds: input.value.overlapSeconds ?? 0 }) : input;
}

/** The body may be absent. */
export function parseResend(body: unknown): Result<Sandboxed, Issues> {
  const fields = checkBody(body ?? {});
  return fields.ok ? together({ sandbox: checkSandbox(fields.value) }) : fields;
}

/** The event type is given as it was sent: it may use an alias. */
export function parseTest(
  body: unknown,
  catalogue: readonly EventType[],
): Result<{ readonly eventType: string } & Sandboxed, Issues> {
  const fields = checkBody(body);
  if (!fields.ok) return fields;
  return together({
    eventType: checkEventType(fields.value.event_type, catalogue),
    sandbox: checkSandbox(fields.value),
  });
}

export function parseWebhookListQuery(query: unknown): Result<WebhookListQuery, Issues> {
  const fields = queryFields(query);
  return together({
    ...pageChecks(fields),
    search: checkSearch(fields.search),
    isActive: filled(fields.is_active, checkFlagText),
  });
}

export function parseWebhookEventsQuery(query: unknown): Result<WebhookEventsQuery, Issues> {
  const fields = queryFields(query);
  return together({
    ...pageChecks(fields),
    search: checkSearch(fields.search),
    status: filled(fields.status, (value) => checkChoice(value, 'status', deliveryStatuses)),
    from: filled(fields.from, (value) => checkInstant(zoneRestored(value), 'from')),
    to: filled(fields.to, (value) => checkInstant(zoneRestored(value), 'to')),
  });
}

function checkSandbox(fields: Fields): Checked<boolean> {
  const { sandbox } = fields;
  return sandbox === undefined || sandbox === null ? accept(false) : checkFlag(sandbox, 'sandbox');
}

function checkEventType(value: unknown, catalogue: readonly EventType[]): Checked<string> {
  if (value === undefined || value === null || value === '') return wrong('event_type', 'is required');
  const allowed = catalogue.filter((type) => type.isActive).map((type) => type.name);
  if (typeof value === 'string' && allowed.includes(canonicalName(value))) return accept(value);
  return wrong('event_type', `must be one of ${allowed.join(', ')}; ${quoted(value)} is not`);
}

/** Some clients write `True`. */
function checkFlagText(value: unknown): Checked<boolean> {
  const text = String(value).toLowerCase();
  return text === 'true' || text === 'false'
    ? accept(text === 'true')
    : wrong('is_active', 'must be true or false');
}

/** In a query `+` means a space, so that a copied `10:30:00+00:00` arrives as `10:30:00 00:00`. */
function zoneRestored(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/ (\d\d:\d\d)$/, '+$1') : value;
}
