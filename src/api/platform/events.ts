import type { NewEvent } from '../../domain/event.ts';
import { type PublishContext, type PublishRefusal, parsePublish } from '../../domain/event-input.ts';
import { newId } from '../../domain/identifier.ts';
import { hasIssues } from '../../domain/issue.ts';
import { eventTexts } from '../../domain/json-span.ts';
import { findEvent } from '../../storage/event-records.ts';
import { invalid, type Outcome, type Refusal } from '../answer.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { jsonValueOf } from '../json-body.ts';
import type { PlatformCall, PlatformOperation } from '../operation.ts';
import {
  eventSchema,
  eventView,
  publishBodySchema,
  publishedSchema,
  publishedView,
} from '../schemas/event.ts';
import { idParamsSchema } from '../schemas/operation.ts';
import { reference } from '../schemas/shared.ts';
import { withinTime } from '../time-limit.ts';
import type { KnownAccounts } from './known-accounts.ts';

const tag = 'Events';
const noun = 'event';
const batchBytesMax = 5 * 1024 * 1024;
/** For all payloads of a request against their schemas, and for making these ready: honest ones take a few. */
const checkingMsMax = 1000;
const checkedTooLong = `The payloads could not be checked against their schemas within ${checkingMsMax} ms`;

export function eventOperations(
  dependencies: ApiDependencies,
  knownAccounts: KnownAccounts,
): readonly PlatformOperation[] {
  return [
    {
      method: 'POST',
      url: '/platform/v1/events',
      doing: 'publishing the events',
      noun,
      bodyLimit: batchBytesMax,
      described: {
        tag,
        operationId: 'publishEvents',
        summary: 'Publish one event, or up to 1000',
        description: 'Answers after events, deliveries and deduplication keys are committed together.',
        body: publishBodySchema,
        bodyExample: {
          account_id: 'd4f5a6b7-c8d9-4e0f-a1b2-c3d4e5f6a7b8',
          id: 'message-1.delivered',
          event: 'message.delivered',
          timestamp: '2026-01-15T10:35:00Z',
          payload: { message_id: 'message-1', channel: 'sms' },
        },
        success: { status: 202, data: publishedSchema },
      },
      handle: (call) => publish(dependencies, knownAccounts, call),
    },
    {
      method: 'GET',
      url: '/platform/v1/events/:id',
      doing: 'retrieving the event',
      noun,
      described: {
        tag,
        operationId: 'getEvent',
        summary: 'Retrieve an event with its deliveries and every attempt',
        params: idParamsSchema,
        success: { status: 200, data: reference(eventSchema) },
        errors: ['eventNotFound'],
      },
      handle: (call) => retrieve(dependencies, call),
    },
  ];
}

async function publish(
  dependencies: ApiDependencies,
  knownAccounts: KnownAccounts,
  { body }: PlatformCall,
): Promise<Outcome> {
  const { catalogue, clock, publisher } = dependencies;
  const value = jsonValueOf(body);
  const nowMs = clock.now();
  const texts = body.kind === 'json' ? eventTexts(body.text) : [];
  const parse = async () => {
    const context = { catalogue: await catalogue.byName(), nowMs, newId: () => newId(nowMs) };
    return parseWithinTime(value, texts, context, catalogue.validatePayload);
  };
  let parsed = await parse();
  if (parsed?.ok === false && namesUnknownType(parsed.error) && catalogue.isOlderThan(nowMs)) {
    // Another process may have changed the catalogue within the last second, and a producer takes a 400 as final.
    catalogue.forget();
    parsed = await parse();
  }
  if (parsed === null) return { refused: 'validationFailed', message: checkedTooLong };
  if (!parsed.ok) return refusePublish(parsed.error);
  const refusal = await refuseUnknownAccounts(knownAccounts, parsed.value, isBatch(value));
  if (refusal !== null) return refusal;
  const published = await publisher.publish(parsed.value);
  return { status: 202, data: publishedView(published) };
}

/**
 * Null when the schemas took too long. Found out first is whether there are any: to watch the time costs more than to
 * read an event.
 */
function parseWithinTime(
  value: unknown,
  texts: ReturnType<typeof eventTexts>,
  context: Omit<PublishContext, 'validatePayload'>,
  validatePayload: PublishContext['validatePayload'],
): ReturnType<typeof parsePublish> | null {
  let hasSchema = false;
  const noticeSchema = () => {
    hasSchema = true;
    return [];
  };
  const parsed = parsePublish(value, texts, { ...context, validatePayload: noticeSchema });
  if (!hasSchema) return parsed;
  const checked = withinTime(checkingMsMax, () =>
    parsePublish(value, texts, { ...context, validatePayload }),
  );
  return checked?.value ?? null;
}

function namesUnknownType(refusal: PublishRefusal): boolean {
  return refusal.kind === 'invalid' && refusal.issues.some(({ field }) => /(?:^|\.)event$/.test(field));
}

function isBatch(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'events');
}

function refusePublish(refusal: PublishRefusal): Refusal {
  if (refusal.kind === 'invalid') return invalid(refusal.issues, 'always');
  const message = 'Event is larger than 256 KiB';
  return { refused: 'payloadTooLarge', message, details: { [refusal.field]: [message] } };
}

async function refuseUnknownAccounts(
  knownAccounts: KnownAccounts,
  events: readonly NewEvent[],
  isInBatch: boolean,
): Promise<Refusal | null> {
  const missing = await knownAccounts.missing(events.map(({ accountId }) => accountId));
  const issues = [...events.entries()]
    .filter(([, { accountId }]) => missing.has(accountId))
    .map(([index]) => ({
      field: isInBatch ? `events[${index}].account_id` : 'account_id',
      message: 'Account not found',
    }));
  return hasIssues(issues) ? invalid(issues, 'always') : null;
}

async function retrieve({ db }: ApiDependencies, { id }: PlatformCall): Promise<Outcome> {
  const event = await findEvent(db, id);
  return event === null ? { refused: 'eventNotFound' } : { status: 200, data: eventView(event) };
}
