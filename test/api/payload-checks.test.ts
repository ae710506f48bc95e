import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Member, platformKey, startApi, type TestApi } from './harness.ts';

let api: TestApi;
let user: Member;

beforeAll(async () => {
  api = await startApi();
  user = await api.member('user');
});
afterAll(() => api.close());

const put = (schema: unknown) =>
  api.call('PUT', '/platform/v1/event-types/slow', { key: platformKey, body: { schema } });

/** Again where the machine was too busy to make it ready in time: what is tested here is not how fast that is. */
const putInTheEnd = (schema: unknown) =>
  eventually(
    () => put(schema),
    ({ status }) => status < 300,
  );

const publish = (payload: unknown, event = 'slow') =>
  api.call('POST', '/platform/v1/events', {
    key: platformKey,
    body: { account_id: user.account.id, event, payload },
  });

const doubling = Object.fromEntries(
  Array.from({ length: 40 }, (_unused, index) => [
    `d${index}`,
    { anyOf: [{ $ref: `#/$defs/d${index + 1}` }, { $ref: `#/$defs/d${index + 1}` }] },
  ]),
);

test.each([
  ['a pattern that backtracks', { properties: { a: { pattern: '^(a+)+$' } } }, { a: `${'a'.repeat(60)}!` }],
  ['references that double', { $ref: '#/$defs/d0', $defs: { ...doubling, d40: false } }, {}],
  [
    'a list of 40,000 that must be unique',
    { properties: { a: { uniqueItems: true } } },
    { a: Array.from({ length: 40_000 }, (_unused, index) => index) },
  ],
])('%s costs a second and no more, and is refused', async (_name, schema, payload) => {
  await putInTheEnd(schema);
  const { status, json } = await publish(payload);
  expect([status, json.error.code]).toEqual([400, 'VALIDATION_001']);
  expect(json.error.message).toBe('The payloads could not be checked against their schemas within 1000 ms');
  expect((await publish(payload, 'message.sent')).status).toBe(202);
});

test('a schema that takes long to be made ready is refused, and the next one is not', async () => {
  const properties = Object.fromEntries(
    Array.from({ length: 30_000 }, (_unused, index) => [`p${index}`, { type: 'string' }]),
  );
  const { status, json } = await put({ properties });
  expect([status, json.error.message]).toEqual([
    400,
    'Schema takes more than 250 ms to be made ready; make it smaller',
  ]);
  await putInTheEnd({ properties: { a: { type: 'string' } } });
  expect((await publish({ a: 1 })).json.error.details.payload).toHaveLength(1);
});
