/** Judges one attempt by its reply (contract C2): what happens to the delivery, and what its owner is told. */
import type { AttemptReply, DeliveryEvent } from './delivery.ts';

export interface Judgement {
  readonly event: DeliveryEvent;
  /** Null on success. */
  readonly errorMessage: string | null;
  /** Why the webhook is to be disabled at once; null when it is not. */
  readonly disableReason: string | null;
  /** Whether the reply's Retry-After may lengthen the wait: only on 429 and 503. */
  readonly honourRetryAfter: boolean;
}

export interface AttemptContext {
  /** Attempts made before this one. */
  readonly attempts: number;
  /** How many retries may follow the first try. */
  readonly retryCount: number;
}

const gone = 410;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const overloaded: ReadonlySet<number> = new Set([429, 503]);

export function judge(reply: AttemptReply, context: AttemptContext): Judgement {
  const { statusCode } = reply;
  if (isSuccess(reply)) {
    return { event: 'succeed', errorMessage: null, disableReason: null, honourRetryAfter: false };
  }
  const retries = statusCode !== gone && context.attempts < context.retryCount;
  return {
    event: retries ? 'postpone' : 'giveUp',
    errorMessage: reply.error ?? describeStatus(statusCode),
    disableReason: statusCode === gone ? 'the endpoint answered 410 Gone' : null,
    honourRetryAfter: retries && statusCode !== null && overloaded.has(statusCode),
  };
}

/** Any 2xx whose exchange was completed. */
export function isSuccess(reply: Pick<AttemptReply, 'statusCode' | 'error'>): boolean {
  const { statusCode, error } = reply;
  return error === null && statusCode !== null && statusCode >= 200 && statusCode < 300;
}

function describeStatus(statusCode: number | null): string {
  if (statusCode === null) return 'The endpoint did not answer';
  const answered = `The endpoint answered ${statusCode}`;
  return redirects.has(statusCode) ? `${answered}; redirects are not followed` : answered;
}
