/**
 * What a platform publishes (contract B): one event, or a list of them that is accepted whole or refused whole.
 * Payloads are checked as values and passed on as the text they were written in.
 */
import { bodyTail } from './body.ts';
import {
  type Checked,
  checkInstant,
  type Fields,
  isFields,
  optional,
  quoted,
  together,
  wrong,
} from './check.ts';
import type { NewEvent } from './event.ts';
import { canonicalName, type EventType, parentOf } from './event-type.ts';
import { isUuid } from './identifier.ts';
import { hasIssues, type Issue, type Issues } from './issue.ts';
import type { EventText } from './json-span.ts';
import { accept, type Result, refuse } from './result.ts';

/** Of one event as it was sent, in UTF-8. */
export const eventBytesMax = 256 * 1024;
export const batchEventsMax = 1000;
const requestIdLengthMax = 255;
const producerIdForm = /^[A-Za-z0-9_.:-]{1,255}$/;

export interface PublishContext {
  readonly catalogue: ReadonlyMap<string, EventType>;
  /** What is wrong with the payload of a type that has a schema; empty when nothing is. */
  readonly validatePayload: (type: EventType, payload: unknown) => readonly string[];
  readonly nowMs: number;
  readonly newId: () => string;
}

export type PublishRefusal =
  | { readonly kind: 'invalid'; readonly issues: Issues }
  /** `events[3]`, or `body` for a single event. */
  | { readonly kind: 'too-large'; readonly field: string };

/**
 * @param body the parsed request body.
 * @param texts the source text of each event in it: see domain/json-span.
 */
export function parsePublish(
  body: unknown,
  texts: readonly EventText[],
  context: PublishContext,
): Result<NewEvent[], PublishRefusal> {
  if (!isFields(body)) return invalid([{ field: 'body', message: 'The request body must be a JSON object' }]);
  const isBatch = Object.hasOwn(body, 'events');
  const items: unknown = isBatch ? body.events : [body];
  if (!Array.isArray(items) || items.length === 0 || items.length > batchEventsMax) {
    return invalid([{ field: 'events', message: `Events must be a list of 1 to ${batchEventsMax} events` }]);
  }
  const tooLarge = texts.findIndex(({ text }) => Buffer.byteLength(text) > eventBytesMax);
  if (tooLarge !== -1) return refuse({ kind: 'too-large', field: isBatch ? `events[${tooLarge}]` : 'body' });

  const events: NewEvent[] = [];
  const issues: Issue[] = [];
  for (const [index, item] of items.entries()) {
    const place = isBatch ? `events[${index}]` : '';
    const event = checkEvent(item, texts[index]?.payload, place, context);
    if (event.ok) events.push(event.value);
    else issues.push(...event.error);
  }
  return hasIssues(issues) ? invalid(issues) : accept(events);
}

function invalid(issues: Issues): Result<never, PublishRefusal> {
  return refuse({ kind: 'invalid', issues });
}

/** @param place `events[3]`, or empty for a single event: what stands before the names of its fields. */
function checkEvent(
  item: unknown,
  payloadText: string | undefined,
  place: string,
  context: PublishContext,
): Checked<NewEvent> {
  if (!isFields(item)) return refuse([{ field: place, message: 'Event must be a JSON object' }]);
  const at = (field: string) => (place === '' ? field : `${place}.${field}`);
  const type = checkType(item, at('event'), context.catalogue);
  const checked = together({
    accountId: checkAccountId(item.account_id, at('account_id')),
    type,
    payload: checkPayload(item.payload, payloadText, at('payload')),
    schema: type.ok ? checkAgainstSchema(item.payload, type.value, at('payload'), context) : accept(null),
    producerId: optional(item.id, (id) => checkProducerId(id, at('id'))),
    timestamp: optional(item.timestamp, (moment) => checkInstant(moment, at('timestamp'))),
    requestId: optional(item.request_id, (id) => checkRequestId(id, at('request_id'))),
  });
  if (!checked.ok) return checked;
  const { name } = checked.value.type;
  const timestamp = checked.value.timestamp ?? new Date(context.nowMs);
  const requestId = checked.value.requestId ?? null;
  return accept({
    id: context.newId(),
    accountId: checked.value.accountId,
    name,
    producerId: checked.value.producerId ?? null,
    bodyTail: bodyTail({ name, timestamp, requestId, payload: checked.value.payload }),
  });
}

function checkAccountId(value: unknown, field: string): Checked<string> {
  if (value === undefined || value === null) return wrong(field, 'is required');
  return typeof value === 'string' && isUuid(value)
    ? accept(value.toLowerCase())
    : wrong(field, 'must be a UUID');
}

function checkType(
  item: Fields,
  field: string,
  catalogue: ReadonlyMap<string, EventType>,
): Checked<EventType> {
  const name = item.event ?? nameFromAliases(item);
  if (name === undefined || name === null || name === '') return wrong(field, 'is required');
  const type = typeof name === 'string' ? catalogue.get(canonicalName(name)) : undefined;
  if (type?.isActive) return accept(type);
  const known = 'GET /platform/v1/event-types lists the names that can be published';
  return wrong(field, `${quoted(name)} is ${type ? 'not active' : 'not in the catalogue'}; ${known}`);
}

/** `field` and `sub_type`, as in a delivered body: the sub_type is a suffix, or the dotted name of that family. */
function nameFromAliases({ field, sub_type: subType }: Fields): unknown {
  if (typeof field !== 'string' || subType === undefined || subType === null) return field;
  const isOfFamily = typeof subType === 'string' && canonicalName(subType).startsWith(`${parentOf(field)}.`);
  return isOfFamily ? subType : `${field}.${subType}`;
}

function checkPayload(value: unknown, text: string | undefined, field: string): Checked<string> {
  if (value === undefined || text === undefined) return wrong(field, 'is required');
  return isFields(value) ? accept(text) : wrong(field, 'must be a JSON object');
}

function checkAgainstSchema(
  payload: unknown,
  type: EventType,
  field: string,
  context: PublishContext,
): Checked<null> {
  if (type.schema === null || !isFields(payload)) return accept(null);
  const complaints = context.validatePayload(type, payload);
  if (complaints.length === 0) return accept(null);
  const rule = `Payload does not satisfy the schema of ${type.name}`;
  return refuse(complaints.map((complaint) => ({ field, message: `${rule}: ${complaint}` })));
}

function checkProducerId(value: unknown, field: string): Checked<string> {
  return typeof value === 'string' && producerIdForm.test(value)
    ? accept(value)
    : wrong(field, 'must be 1 to 255 characters of A-Z, a-z, 0-9, "_", ".", ":" and "-"');
}

function checkRequestId(value: unknown, field: string): Checked<string> {
  return typeof value === 'string' && value.length <= requestIdLengthMax
    ? accept(value)
    : wrong(field, `must be a string of at most ${requestIdLengthMax} characters`);
}
