/** The example of docs/beyond-sent.md: of the shape that the service answers, and signed as it says. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exampleMeta } from '../../src/api/schemas/operation.ts';
import { signatureHeaders } from '../../src/domain/signature.ts';
import { createAnswerCheck } from '../api/answer-check.ts';
import { startApi, type TestApi } from '../api/harness.ts';
import { fencesOf, readPage, sectionOf } from './markdown.ts';

/** That of the check vector in docs/signing.md. */
const key = Buffer.from('a1b2c3d4e5f6g7h8i9j0', 'base64');

const [detail] = examplesOf('## One delivery');
const [resent] = examplesOf('## Resending');

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

// biome-ignore lint/suspicious/noExplicitAny: whatever the page shows
function examplesOf(heading: string): any[] {
  const section = sectionOf(readPage('docs/beyond-sent.md').text, heading);
  return fencesOf(section).map(({ code }) => JSON.parse(code));
}

test('both examples are as the API is described', async () => {
  const describes = await createAnswerCheck(api.app);
  const envelope = (data: unknown) => ({ success: true, data, error: null, meta: exampleMeta });
  describes('GET', '/v3/webhooks/1/events/1', 200, envelope(detail));
  describes('POST', '/v3/webhooks/1/events/1/resend', 200, envelope(resent));
  expect(() => describes('GET', '/v3/webhooks/1/events/1', 200, envelope(resent))).toThrow(
    'not as described',
  );
});

test('the request of the example is that of its event and its attempt, and rightly signed', () => {
  const { event, request, attempts } = detail;
  expect(JSON.parse(request.body)).toEqual(event.event_data);
  const [attempt] = attempts;
  const { headers } = request;
  expect(Object.entries(headers).slice(2)).toEqual(
    Object.entries(
      signatureHeaders({
        webhookId: headers['x-webhook-id'],
        deliveryId: event.id,
        eventName: event.event_type,
        attemptNumber: attempt.number,
        timestampSeconds: Math.floor(Date.parse(attempt.started_at) / 1000),
        body: request.body,
        keys: [key],
      }),
    ),
  );
  expect(attempt).toMatchObject({
    http_status_code: event.http_status_code,
    response_body: event.response_body,
    error_message: event.error_message,
    started_at: event.processing_started_at,
  });
});
