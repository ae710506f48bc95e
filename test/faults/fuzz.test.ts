/**
 * Twenty thousand requests made from the OpenAPI document over real connections: every operation, every part of a request
 * spoilt in every way that is known to have broken a service. Whatever comes, the contract answers.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAnswerCheck } from '../api/answer-check.ts';
import { type Member, platformKey, startApi, type TestApi } from '../api/harness.ts';
import { webhookBody } from '../api/webhook-body.ts';
import { complaintAbout } from '../support/envelope-check.ts';
import { recordFigure } from '../support/figures.ts';
import { type GeneratedRequest, type RequestWorld, requestsOf } from '../support/generated-requests.ts';
import { readOpenApi } from '../support/openapi-document.ts';
import { createRawClient, type RawAnswer } from '../support/raw-http.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

const rounds = 1300;
const requestsAtOnce = 16;
/** `FUZZ_SEED=<seed of a failure>` sends the same requests again. */
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);

let api: TestApi;
let receiver: Receiver;
let address: string;

beforeAll(async () => {
  receiver = await startReceiver();
  api = await startApi({ config: { retryScheduleSeconds: [3600] } });
  address = await api.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await api.close();
  await receiver.close();
});

test('no request out of twenty thousand gets anything but an answer of the contract', async () => {
  const { world, publisher } = await makeWorld();
  const document = await readOpenApi(address);
  const describes = await createAnswerCheck(api.app);
  const client = createRawClient(Number(new URL(address).port));
  const statuses = new Map<number, number>();
  let survived = 0;

  async function judge(request: GeneratedRequest): Promise<void> {
    const answer = await client.send(request.bytes, request.method, request.spoilsConnection);
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    const isUnasked = answer.excess > 0 && !request.spoilsConnection;
    const complaint = isUnasked ? 'more than one answer' : complaintAbout(answer, request.method);
    if (complaint !== null) {
      const logged = api.logged.find((line) => line.includes(answer.headers.get('x-request-id') ?? 'no id'));
      throw new Error(`${complaint}: ${shown(answer)}\n${logged}`);
    }
    const [path = ''] = request.target.split('?');
    const isPlain = path.startsWith('/') && !path.includes('//') && !path.endsWith('/');
    if (answer.status < 300 && isPlain && answer.body !== '') {
      describes(request.method, path, answer.status, JSON.parse(answer.body));
    }
    survived++;
  }

  const requests = fc.array(requestsOf(document, world), {
    minLength: requestsAtOnce,
    maxLength: requestsAtOnce,
  });
  const found = await fc.check(
    fc.asyncProperty(requests, async (batch) => {
      const outcomes = await Promise.allSettled(batch.map(judge));
      const broken = outcomes.findIndex(({ status }) => status === 'rejected');
      const [outcome, request] = [outcomes[broken], batch[broken]];
      if (outcome?.status === 'rejected' && request)
        throw new Error(`${described(request)}\n${outcome.reason}`);
    }),
    // A failure is shown as the bytes of its request, which need no shrinking.
    { seed, numRuns: rounds, endOnFailure: true, verbose: 0 },
  );
  client.close();
  const sent = [...statuses.values()].reduce((sum, count) => sum + count, 0);
  expect(found.errorInstance, `seed ${seed}`).toBeNull();
  expect(sent).toBe(rounds * requestsAtOnce);
  expect(api.logged.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  // Otherwise nothing but refusals would have been tested.
  for (const status of [200, 201, 202, 204, 400, 401, 403, 404, 405, 409, 413, 415]) {
    expect(statuses.get(status), `answers with ${status}`).toBeGreaterThan(5);
  }
  await expectStillWorks(publisher);
  await recordFigure({
    topic: 'Input',
    what: 'generated requests to every operation of the OpenAPI document',
    tried: sent,
    survived,
    note: [...statuses]
      .sort(([a], [b]) => a - b)
      .map(([status, count]) => `${count} × ${status}`)
      .join(', '),
  });
}, 900_000);

async function expectStillWorks({ account, key }: Member): Promise<void> {
  const listed = await api.call('GET', '/v3/webhooks', { key });
  expect(listed.status).toBe(200);
  const body = { account_id: account.id, event: 'message.sent', payload: { after: 'all that' } };
  const published = await api.call('POST', '/platform/v1/events', { key: platformKey, body });
  expect([published.status, published.json.data.events[0].deliveries]).toEqual([202, 3]);
}

/** Accounts with something in them. Each destructive operation has victims of its own, so that the rest goes on to exist. */
async function makeWorld(): Promise<{ world: RequestWorld; publisher: Member }> {
  const organization = await api.member('organization');
  const profile = await api.member('profile', organization.account.id);
  const user = await api.member('user');
  const publisher = await api.member('user');
  const victim = await api.member('user');
  const kept = await many(4, () => createWebhook(user));
  const tested = await many(2, () => createWebhook(user));
  const logged = await createWebhook(user);
  const deliveries = await many(4, () => deliverTo(logged, user));
  await many(3, () => createWebhook(publisher));
  const doomed = await many(60, () => createWebhook(user));
  const doomedAccounts = await many(30, async () => (await api.member('user')).account.id);
  const doomedKeys = await many(30, () => createKey(victim.account.id));
  const events = await many(4, () => publish(publisher.account.id));
  const fuzzTypes = ['fuzz', 'fuzz.one', 'fuzz.two'];
  for (const name of fuzzTypes)
    await api.call('PUT', `/platform/v1/event-types/${name}`, { key: platformKey });

  const ids: Record<string, readonly string[]> = {
    '/v3/webhooks/{id}': kept,
    '/v3/webhooks/{id}/toggle-status': kept,
    '/v3/webhooks/{id}/rotate-secret': kept,
    '/v3/webhooks/{id}/events': kept,
    '/v3/webhooks/{id}/events/{event_id}': [logged],
    '/v3/webhooks/{id}/events/{event_id}/resend': [logged],
    '/v3/webhooks/{id}/test': tested,
    '/v3/stats/webhooks/{id}': kept,
    '/platform/v1/accounts/{id}': [victim.account.id],
    '/platform/v1/accounts/{id}/api-keys': [victim.account.id],
    '/platform/v1/accounts/{id}/api-keys/{key_id}': [victim.account.id],
    '/platform/v1/events/{id}': events,
  };
  const doomedIds: Record<string, readonly string[]> = {
    '/v3/webhooks/{id}': doomed,
    '/platform/v1/accounts/{id}': doomedAccounts,
  };
  const world: RequestWorld = {
    accountKeys: [user.key, user.key, user.key, profile.key, organization.key],
    platformKey,
    profileIds: [profile.account.id, organization.account.id, user.account.id],
    bodyValues: {
      endpoint_url: [`${receiver.url}/hook`, 'https://example.com/hook'],
      event_types: [['message'], ['messages', 'templates'], ['contact'], []],
      event_filters: [null, {}, { message: ['sent'] }, { messages: ['sent', 'read'] }],
      event_type: ['message.sent', 'messages', 'templates', 'message.nothing'],
      account_id: [publisher.account.id],
      webhook_id: kept,
      event: ['message.sent', 'messages.sent', 'templates', 'fuzz.one'],
      field: ['message', 'message.sent'],
      sub_type: ['sent', 'message.sent'],
      organization_id: [organization.account.id, null],
      schema: [null, { type: 'object', properties: { a: { type: 'number' } } }, { pattern: '(' }],
      id: ['producer-1', 'producer-2', null],
      timestamp: ['2026-01-15T10:30:00Z', null],
      request_id: ['req_1', null],
    },
    pathParts({ method, path }, name) {
      if (name === 'name') return fuzzTypes;
      if (name === 'event_id') return deliveries;
      const known = name === 'key_id' ? doomedKeys : (method === 'DELETE' && doomedIds[path]) || ids[path];
      if (known === undefined)
        throw new Error(`no ${name} is known for ${path}: say here which ones it takes`);
      return known;
    },
  };
  return { world, publisher };
}

function many<Item>(count: number, make: () => Promise<Item>): Promise<Item[]> {
  return Promise.all(Array.from({ length: count }, make));
}

async function createWebhook({ key }: Member): Promise<string> {
  const body = { ...webhookBody, endpoint_url: `${receiver.url}/hook` };
  return (await api.call('POST', '/v3/webhooks', { key, body })).json.data.id;
}

/** The id in the log of a test that was delivered. */
async function deliverTo(webhookId: string, { key }: Member): Promise<string> {
  const body = { event_type: 'message.sent' };
  const { headers } = await api.call('POST', `/v3/webhooks/${webhookId}/test`, { key, body });
  return String(headers['x-webhook-event-id']);
}

async function createKey(accountId: string): Promise<string> {
  return (await api.call('POST', `/platform/v1/accounts/${accountId}/api-keys`, { key: platformKey })).json
    .data.id;
}

async function publish(accountId: string): Promise<string> {
  const body = { account_id: accountId, event: 'message.sent', payload: { a: 1 } };
  return (await api.call('POST', '/platform/v1/events', { key: platformKey, body })).json.data.events[0].id;
}

function described({ bytes, operation }: GeneratedRequest): string {
  const text = bytes.subarray(0, 3000).toString();
  return `${operation.id}, seed ${seed}, ${bytes.length} bytes: ${JSON.stringify(text)}`;
}

function shown({ status, headers, body }: RawAnswer): string {
  return `${status} ${JSON.stringify([...headers])} ${body.slice(0, 1000)}`;
}
