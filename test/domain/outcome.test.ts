import { describe, expect, test } from 'vitest';
import type { AttemptReply } from '../../src/domain/delivery.ts';
import { isSuccess, judge } from '../../src/domain/outcome.ts';

const answered = (statusCode: number): AttemptReply => ({
  statusCode,
  responseBody: null,
  retryAfter: null,
  error: null,
});
const unanswered = (error: string | null): AttemptReply => ({
  statusCode: null,
  responseBody: null,
  retryAfter: null,
  error,
});
const firstTry = { attempts: 0, retryCount: 3 };
const lastTry = { attempts: 3, retryCount: 3 };

describe('outcome', () => {
  test.each([200, 201, 204, 299])('a %i is a success, also on the last try', (status) => {
    const success = { event: 'succeed', errorMessage: null, disableReason: null, honourRetryAfter: false };
    expect(judge(answered(status), firstTry)).toEqual(success);
    expect(judge(answered(status), lastTry)).toEqual(success);
    expect(isSuccess(answered(status))).toBe(true);
  });

  test.each([100, 199, 300, 304, 400, 401, 404, 429, 500, 503, 599])(
    'a %i is retried and named',
    (status) => {
      expect(judge(answered(status), firstTry)).toMatchObject({
        event: 'postpone',
        errorMessage: `The endpoint answered ${status}`,
        disableReason: null,
      });
      expect(isSuccess(answered(status))).toBe(false);
    },
  );

  test.each([301, 302, 303, 307, 308])('a %i is a failure that explains itself', (status) => {
    const { event, errorMessage } = judge(answered(status), firstTry);
    expect(event).toBe('postpone');
    expect(errorMessage).toBe(`The endpoint answered ${status}; redirects are not followed`);
  });

  test('after the first try there are exactly as many retries as the webhook allows', () => {
    const events = [0, 1, 2, 3].map((attempts) => judge(answered(500), { attempts, retryCount: 3 }).event);
    expect(events).toEqual(['postpone', 'postpone', 'postpone', 'giveUp']);
  });

  test('a 410 is not retried and disables the webhook', () => {
    expect(judge(answered(410), firstTry)).toEqual({
      event: 'giveUp',
      errorMessage: 'The endpoint answered 410',
      disableReason: 'the endpoint answered 410 Gone',
      honourRetryAfter: false,
    });
  });

  test('no answer is retried with its reason', () => {
    const reply = unanswered('The connection was refused');
    expect(judge(reply, firstTry)).toEqual({
      event: 'postpone',
      errorMessage: 'The connection was refused',
      disableReason: null,
      honourRetryAfter: false,
    });
    expect(judge(reply, lastTry).event).toBe('giveUp');
    expect(isSuccess(reply)).toBe(false);
  });

  test('no answer without a reason is still a failure', () => {
    expect(judge(unanswered(null), firstTry).errorMessage).toBe('The endpoint did not answer');
    expect(isSuccess(unanswered(null))).toBe(false);
  });

  test('an answer that was not completed is a failure whatever its status', () => {
    const torn = { ...answered(200), error: 'The endpoint did not answer within 30 s' };
    expect(judge(torn, firstTry)).toMatchObject({ event: 'postpone', errorMessage: torn.error });
  });

  test('Retry-After counts on 429 and 503 only, and only when there is a retry', () => {
    const honours = (status: number, context = firstTry) => judge(answered(status), context).honourRetryAfter;
    expect([429, 503].map((status) => honours(status))).toEqual([true, true]);
    expect([200, 302, 404, 410, 500, 502].some((status) => honours(status))).toBe(false);
    expect(honours(429, lastTry)).toBe(false);
  });
});
