/** The body of a delivery as docs/signing.md and the OpenAPI document describe it, against the code that makes it. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { deliveredEventSchema, receivedWebhooks } from '../../src/api/schemas/delivered-event.ts';
import { bodyTail, deliveredBody } from '../../src/domain/body.ts';
import { signatureHeaders } from '../../src/domain/signature.ts';
import { fencesOf, readPage, sectionOf, tableRows } from './markdown.ts';

const section = sectionOf(readPage('docs/signing.md').text, '## The body');
const timestamp = new Date('2026-01-15T10:35:00.999Z');
const message = deliveredBody(
  'message',
  bodyTail({
    name: 'message.delivered',
    timestamp,
    requestId: null,
    payload: '{"message_id":"b1a2c3d4-0000-4000-8000-000000000001","channel":"sms"}',
  }),
);
const template = deliveredBody(
  'templates',
  bodyTail({
    name: 'templates',
    timestamp,
    requestId: 'req-7',
    payload: '{"template_name":"order_confirmation"}',
  }),
);
const receiveEvent = receivedWebhooks.event.post;

test('the examples of the page are bodies as the service makes them', () => {
  expect(fencesOf(section).map(({ code }) => code)).toEqual([`${message}\n`, `${template}\n`]);
});

test('the table of the page has the keys of a body, in their order', () => {
  const [, ...rows] = tableRows(section);
  expect(rows.map(([key]) => key)).toEqual(Object.keys(JSON.parse(message)).map((key) => `\`${key}\``));
});

test('the OpenAPI document describes both bodies, and nothing that is not in them', () => {
  const validate = new Ajv2020({ strict: false }).compile(deliveredEventSchema);
  const { example } = receiveEvent.requestBody.content['application/json'];
  for (const body of [JSON.parse(message), JSON.parse(template), example])
    expect(validate(body) || validate.errors).toBe(true);
  expect(example).toEqual(JSON.parse(message));
  expect(Object.keys(deliveredEventSchema.properties)).toEqual(Object.keys(JSON.parse(message)));
});

test('the OpenAPI document names every webhook header of an attempt', () => {
  const headers = signatureHeaders({
    webhookId: 'the-webhook',
    deliveryId: 'the-delivery',
    eventName: 'message.delivered',
    attemptNumber: 1,
    timestampSeconds: 1_768_473_300,
    body: message,
    keys: [Buffer.alloc(32, 1)],
  });
  expect(receiveEvent.parameters.map(({ name }) => name).sort()).toEqual(Object.keys(headers).sort());
});
