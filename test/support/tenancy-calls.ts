/** Calls any operation of the OpenAPI document as any tenant, with any id; and compares what a client can see of the answers. */
import { randomUUID } from 'node:crypto';
import { startApi, type TestApi } from '../api/harness.ts';
import { makeTenants, type Tenant, type Tenants } from './generated-tenants.ts';
import { type Operation, readOpenApi } from './openapi-document.ts';
import { createRawClient, type RawAnswer, type RawClient } from './raw-http.ts';

/** What each operation is sent; one with a body that is not named here fails. */
const bodies: Readonly<Record<string, unknown>> = {
  createWebhook: { display_name: 'x', endpoint_url: 'https://example.com/', event_types: ['message'] },
  updateWebhook: { display_name: 'x', endpoint_url: 'https://example.com/', event_types: ['message'] },
  toggleWebhookStatus: { is_active: false },
  rotateWebhookSecret: {},
  testWebhook: { event_type: 'message.sent' },
  resendWebhookEvent: {},
  createAccount: { type: 'user', name: 'x' },
  updateAccount: { name: 'x' },
  createApiKey: {},
  publishEvents: { account_id: randomUUID(), event: 'message.sent', payload: {} },
  putEventType: {},
};

export interface Call {
  readonly key: string | null;
  readonly ids?: Readonly<Record<string, string>>;
  readonly profileId?: string;
  readonly query?: string;
}

function sendCall(
  client: RawClient,
  operation: Operation,
  { key, ids = {}, profileId, query = '' }: Call,
): Promise<RawAnswer> {
  const path = operation.path.replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const id = ids[name];
    if (id === undefined) throw new Error(`unknown kind of route: ${operation.path} takes ${name}`);
    return id;
  });
  const lines = [`${operation.method} ${path}${query} HTTP/1.1`, 'Host: posthorn'];
  if (key !== null) lines.push(`x-api-key: ${key}`);
  if (profileId !== undefined) lines.push(`x-profile-id: ${profileId}`);
  const body = bodyText(operation);
  if (body !== '') lines.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`);
  return client.send(Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`), operation.method);
}

function bodyText({ id, body }: Operation): string {
  if (body === null) return '';
  if (!Object.hasOwn(bodies, id)) throw new Error(`unknown kind of route: say what ${id} is sent`);
  return JSON.stringify(bodies[id]);
}

/** What differs between any two answers. */
const passing = new Set(['x-request-id', 'x-response-time', 'date', 'content-length']);
const passingMeta = /"meta":\{"request_id":"[^"]+","timestamp":"[^"]+"/;

/** All that a client can see, without what differs between any two answers. */
export function bytesOf({ status, headers, body }: RawAnswer): string {
  const kept = [...headers].filter(([name]) => !passing.has(name));
  return `${status} ${JSON.stringify(kept)} ${body.replace(passingMeta, '"meta":{')}`;
}

export interface Caller {
  readonly call: Call;
  readonly as: Tenant;
}

/** Whoever can call, and the tenant that the call acts as. */
export function callersOf(tenants: Tenants): readonly Caller[] {
  const { organization, profile, sibling, otherProfile, user } = tenants;
  return [
    { call: { key: organization.key }, as: organization },
    { call: { key: organization.key, profileId: profile.accountId }, as: profile },
    { call: { key: profile.key }, as: profile },
    { call: { key: sibling.key }, as: sibling },
    { call: { key: otherProfile.key }, as: otherProfile },
    { call: { key: user.key }, as: user },
  ];
}

export function idsOf({ accountId, keyId, webhookId, eventIds, deliveryIds }: Tenant): readonly string[] {
  return [webhookId, accountId, keyId, ...eventIds, ...deliveryIds];
}

/** An organization sees the names of its profiles, at /v3/me. */
export function isVisibleTo(caller: Tenant, { accountId, organizationId }: Tenant): boolean {
  return [caller.accountId, caller.organizationId].includes(accountId) || organizationId === caller.accountId;
}

export interface Tenancy {
  readonly api: TestApi;
  readonly tenants: Tenants;
  readonly operations: readonly Operation[];
  call(operation: Operation, how: Call): Promise<RawAnswer>;
  close(): Promise<void>;
}

/** The API without rate limits, over real connections, with all tenants in it. */
export async function startTenancy(): Promise<Tenancy> {
  const api = await startApi({ config: { rateLimits: { standard: 0, rotate: 0, test: 0 } } });
  const address = await api.app.listen({ host: '127.0.0.1', port: 0 });
  const client = createRawClient(Number(new URL(address).port));
  const { operations } = await readOpenApi(address);
  return {
    api,
    tenants: await makeTenants(api),
    operations,
    call: (operation, how) => sendCall(client, operation, how),
    async close() {
      client.close();
      await api.close();
    },
  };
}
