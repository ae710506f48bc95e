/**
 * One attempt, as one value through named steps: build the body, sign it, send it, judge the reply. A receiver that
 * misbehaves is data in the outcome, never an exception.
 */
import { deliveredBody } from '../domain/body.ts';
import type { AttemptOutcome, AttemptReply, LeasedDelivery } from '../domain/delivery.ts';
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

/** What one POST carries, whether it is a delivery from the queue or a test. */
export interface Attempt {
  readonly delivery: Pick<
    LeasedDelivery,
    | 'id'
    | 'webhookId'
    | 'eventName'
    | 'attempts'
    | 'endpointUrl'
    | 'sealedSecret'
    | 'sealedPreviousSecret'
    | 'timeoutSeconds'
  >;
  readonly body: string;
}

export interface AttemptResult {
  readonly reply: AttemptReply;
  readonly startedAt: Date;
  readonly durationMs: number;
}

export async function deliver(delivery: LeasedDelivery, rules: DeliverRules): Promise<AttemptOutcome> {
  const body = deliveredBody(delivery.field, delivery.bodyTail);
  const result = await attempt({ delivery, body }, rules);
  return outcomeOf(delivery, result, rules);
}

/** Signs and sends once. */
export async function attempt({ delivery, body }: Attempt, rules: DeliverRules): Promise<AttemptResult> {
  const startedAt = new Date(rules.clock.now());
  const headers = signedHeaders({ delivery, body }, startedAt, rules);
  if (headers === null) return { reply: unreadableSecret, startedAt, durationMs: 0 };
  const { durationMs, ...reply } = await rules.sender.send({
    url: delivery.endpointUrl,
    headers,
    body,
    timeoutMs: delivery.timeoutSeconds * 1000,
  });
  return { reply, startedAt, durationMs };
}

const unreadableSecret: AttemptReply = {
  statusCode: null,
  responseBody: null,
  retryAfter: null,
  error: 'The signing secret of this webhook could not be read; rotate it to make a new one',
};

function signedHeaders(
  { delivery, body }: Attempt,
  startedAt: Date,
  rules: DeliverRules,
): Record<string, string> | null {
  const keys = rules.keyring(delivery);
  if (keys === null) return null;
  return {
    'content-type': 'application/json',
    'user-agent': rules.userAgent,
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
