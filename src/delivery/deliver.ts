/**
 * One attempt, as one value through named steps: build the body, sign it, send it, judge the reply. A receiver that
 * misbehaves is data in the outcome, never an exception.
 */
import { deliveredBody } from '../domain/body.ts';
import type {
  Attempt,
  AttemptOutcome,
  AttemptReply,
  AttemptRequest,
  AttemptResult,
  LeasedDelivery,
} from '../domain/delivery.ts';
import { judge } from '../domain/outcome.ts';
import { retryDelayMs } from '../domain/retry-schedule.ts';
import { signatureHeaders } from '../domain/signature.ts';
import type { Keyring } from './keyring.ts';
import type { Sender } from './sender.ts';

export interface DeliverRules {
  readonly sender: Sender;
  readonly keyring: Keyring;
  readonly clock: { now(): number };
  /** 0–1. */
  readonly randomFraction: () => number;
  /** Seconds before each retry. */
  readonly retrySchedule: readonly number[];
  readonly retryJitter: number;
  readonly userAgent: string;
}

export async function deliver(delivery: LeasedDelivery, rules: DeliverRules): Promise<AttemptOutcome> {
  const body = deliveredBody(delivery.field, delivery.bodyTail);
  const result = await attempt({ delivery, body }, rules);
  return outcomeOf(delivery, result, rules);
}

/** Signs and sends once. */
export async function attempt(one: Attempt, rules: DeliverRules): Promise<AttemptResult> {
  const startedAt = new Date(rules.clock.now());
  const request = requestOf(one, startedAt, rules);
  if (request === null) return { reply: unreadableSecret, startedAt, durationMs: 0 };
  const timeoutMs = one.delivery.timeoutSeconds * 1000;
  const { durationMs, ...reply } = await rules.sender.send({ ...request, timeoutMs });
  return { reply, startedAt, durationMs };
}

const unreadableSecret: AttemptReply = {
  statusCode: null,
  responseBody: null,
  retryAfter: null,
  error: 'The signing secret of this webhook could not be read; rotate it to make a new one',
};

/** What an attempt of this moment sends; null when the webhook's secret cannot be read. */
export function requestOf(
  { delivery, body }: Attempt,
  startedAt: Date,
  { keyring, userAgent }: Pick<DeliverRules, 'keyring' | 'userAgent'>,
): AttemptRequest | null {
  const keys = keyring(delivery);
  if (keys === null) return null;
  const headers = {
    'content-type': 'application/json',
    'user-agent': userAgent,
    ...signatureHeaders({
      webhookId: delivery.webhookId,
      deliveryId: delivery.id,
      eventName: delivery.eventName,
      attemptNumber: delivery.attempts + 1,
      timestampSeconds: Math.floor(startedAt.getTime() / 1000),
      body,
      keys,
    }),
  };
  return { url: delivery.endpointUrl, headers, body };
}

function outcomeOf(
  delivery: LeasedDelivery,
  { reply, startedAt, durationMs }: AttemptResult,
  rules: DeliverRules,
): AttemptOutcome {
  const judgement = judge(reply, delivery);
  const retryInMs =
    judgement.event === 'postpone'
      ? retryDelayMs({
          schedule: rules.retrySchedule,
          jitter: rules.retryJitter,
          retryNumber: delivery.attempts + 1,
          retryAfter: judgement.honourRetryAfter ? reply.retryAfter : null,
          nowMs: rules.clock.now(),
          fraction: rules.randomFraction(),
        })
      : null;
  return {
    delivery,
    attemptNumber: delivery.attempts + 1,
    event: judgement.event,
    retryInMs,
    startedAt,
    durationMs,
    statusCode: reply.statusCode,
    responseBody: reply.responseBody,
    errorMessage: judgement.errorMessage,
    disableReason: judgement.disableReason,
  };
}
