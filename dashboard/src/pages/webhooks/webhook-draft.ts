/** A webhook as its form holds it, texts as they were typed: whether they will do is for the API to say. */
import { retryCountRange, timeoutSecondsRange } from '../../../../src/domain/webhook.ts';
import type { Webhook, WebhookBody } from '../../api/schemas.ts';
import { choicesOf, type EventChoices, noEvents, subscriptionOf } from './event-choices.ts';

export interface WebhookDraft {
  readonly displayName: string;
  readonly endpointUrl: string;
  readonly events: EventChoices;
  readonly retryCount: string;
  readonly timeoutSeconds: string;
}

/** The fields of the API that the form shows. */
export const draftFields = [
  'display_name',
  'endpoint_url',
  'event_types',
  'event_filters',
  'retry_count',
  'timeout_seconds',
] as const satisfies readonly (keyof WebhookBody)[];

export const emptyDraft: WebhookDraft = {
  displayName: '',
  endpointUrl: '',
  events: noEvents,
  retryCount: String(retryCountRange.default),
  timeoutSeconds: String(timeoutSecondsRange.default),
};

export function draftOf(webhook: Webhook): WebhookDraft {
  return {
    displayName: webhook.display_name,
    endpointUrl: webhook.endpoint_url,
    events: choicesOf(webhook),
    retryCount: String(webhook.retry_count),
    timeoutSeconds: String(webhook.timeout_seconds),
  };
}

/** All of it, also what did not change: an absent filter would be kept, and null clears it. */
export function bodyOf(draft: WebhookDraft): WebhookBody {
  return {
    display_name: draft.displayName,
    // What is pasted often has a space or a line end around it.
    endpoint_url: draft.endpointUrl.trim(),
    ...subscriptionOf(draft.events),
    retry_count: Number(draft.retryCount),
    timeout_seconds: Number(draft.timeoutSeconds),
  };
}
