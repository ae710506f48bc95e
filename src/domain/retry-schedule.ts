/** When the next try of a delivery is due (contract C2): never earlier than the schedule says. */

/** Both the end of the doubling and the longest Retry-After that is honoured. */
const longestWaitSeconds = 3600;
const firstWaitSeconds = 60;

export interface RetryRequest {
  /** Seconds before each retry. Beyond its end the last wait goes on doubling, to at most one hour. */
  readonly schedule: readonly number[];
  /** 0–1: the largest share of a wait that is added to it, so that failures of one moment do not return together. */
  readonly jitter: number;
  /** 1 for the first retry. */
  readonly retryNumber: number;
  /** The response's Retry-After: seconds or an HTTP date; null when there is none to honour. */
  readonly retryAfter: string | null;
  readonly nowMs: number;
  /** 0–1, random: how much of the jitter to add. */
  readonly fraction: number;
}

/** Whole milliseconds until the retry: the step with its jitter, or Retry-After (at most one hour) when longer. */
export function retryDelayMs(request: RetryRequest): number {
  const stepMs = stepSeconds(request.schedule, request.retryNumber) * 1000;
  const jitteredMs = stepMs * (1 + request.jitter * request.fraction);
  const askedMs = request.retryAfter === null ? 0 : retryAfterMs(request.retryAfter, request.nowMs);
  return Math.ceil(Math.max(jitteredMs, Math.min(askedMs, longestWaitSeconds * 1000)));
}

function stepSeconds(schedule: readonly number[], retryNumber: number): number {
  const last = schedule.at(-1);
  if (last === undefined) return stepSeconds([firstWaitSeconds], retryNumber);
  const doublings = Math.max(0, retryNumber - schedule.length);
  // A schedule may end above the hour; what follows is then no shorter than its end.
  return schedule[retryNumber - 1] ?? Math.max(last, Math.min(last * 2 ** doublings, longestWaitSeconds));
}

/** Zero when the text is neither seconds nor a date to come. */
function retryAfterMs(text: string, nowMs: number): number {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // All three date forms of RFC 9110 begin with a day's name; the oldest does not say that it means GMT.
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return 0;
  const moment = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(moment) ? 0 : Math.max(0, moment - nowMs);
}
