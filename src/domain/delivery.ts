/**
 * A delivery is one event on its way to one webhook. It is unfinished (`pending`, then `retrying`) until an attempt
 * or a rule finishes it (`delivered`, `failed`). Nothing leaves a finished state, but that a failed delivery which is sent
 * again by hand may be delivered after all.
 */
export const deliveryStatuses = ['pending', 'retrying', 'delivered', 'failed'] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

/** What can happen to an unfinished delivery. */
export const deliveryEvents = ['succeed', 'postpone', 'giveUp'] as const;
export type DeliveryEvent = (typeof deliveryEvents)[number];

/** Null: that cannot happen in that state. A missing cell does not compile. */
const transitions: Record<DeliveryStatus, Record<DeliveryEvent, DeliveryStatus | null>> = {
  pending: { succeed: 'delivered', postpone: 'retrying', giveUp: 'failed' },
  retrying: { succeed: 'delivered', postpone: 'retrying', giveUp: 'failed' },
  delivered: { succeed: null, postpone: null, giveUp: null },
  failed: { succeed: null, postpone: null, giveUp: null },
};

export function nextStatus(status: DeliveryStatus, event: DeliveryEvent): DeliveryStatus | null {
  return transitions[status][event];
}

/** Of a finished delivery that was sent once more: what has arrived once stays delivered. */
export function statusAfterResend(status: DeliveryStatus, isSuccess: boolean): DeliveryStatus {
  return isSuccess ? 'delivered' : status;
}

/** One claimed delivery with all that an attempt needs; the lease token guards every later change of it. */
export interface LeasedDelivery {
  readonly id: string;
  readonly webhookId: string;
  readonly lease: string;
  readonly eventName: string;
  /** The family's name as the webhook knows it: `message` or `messages`. */
  readonly field: string;
  readonly bodyTail: string;
  /** Attempts already made. */
  readonly attempts: number;
  readonly endpointUrl: string;
  /** Encrypted; see domain/secret-box. */
  readonly sealedSecret: string;
  /** The secret before a rotation with overlap, while the overlap lasts. */
  readonly sealedPreviousSecret: string | null;
  readonly retryCount: number;
  readonly timeoutSeconds: number;
}

/** What one POST carries, whether it is a delivery from the queue, a test, or a delivery that is sent again. */
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

/** The signed POST of an attempt; its connection adds host, connection and content-length. */
export interface AttemptRequest {
  readonly url: string;
  /** In the order in which they are sent. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface AttemptResult {
  readonly reply: AttemptReply;
  /** The instant that was signed. */
  readonly startedAt: Date;
  readonly durationMs: number;
}

/** What came back from one POST. A bad receiver is data, never an exception. */
export interface AttemptReply {
  /** Null when no complete response arrived: timeout, connection error, refused address. */
  readonly statusCode: number | null;
  /** The first 4 KiB of the response as text; null when empty. */
  readonly responseBody: string | null;
  /** Seconds or HTTP date as received; null when absent. */
  readonly retryAfter: string | null;
  /** Why there is no response, in a sentence for the webhook's owner; null when there is one. */
  readonly error: string | null;
}

/** The judgement of one attempt, ready to be recorded. */
export interface AttemptOutcome {
  readonly delivery: Pick<LeasedDelivery, 'id' | 'webhookId' | 'lease'>;
  /** 1-based. */
  readonly attemptNumber: number;
  readonly event: DeliveryEvent;
  /** Milliseconds until the next try; only for `postpone`. */
  readonly retryInMs: number | null;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly statusCode: number | null;
  readonly responseBody: string | null;
  /** Null on success. */
  readonly errorMessage: string | null;
  /** The reason to disable the webhook at once (410 Gone); null otherwise. */
  readonly disableReason: string | null;
}
