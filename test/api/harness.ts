/** The whole API on a fresh database, with a real sender behind it; every answer is checked against the OpenAPI document. */
import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { type Catalogue, createCatalogue } from '../../src/api/catalogue.ts';
import type { ApiDependencies } from '../../src/api/dependencies.ts';
import { createPublisher } from '../../src/api/publisher.ts';
import { buildServer } from '../../src/api/server.ts';
import type { Config } from '../../src/config.ts';
import { createAddressGuard } from '../../src/delivery/address-guard.ts';
import { attempt, type DeliverRules, requestOf } from '../../src/delivery/deliver.ts';
import { createKeyring } from '../../src/delivery/keyring.ts';
import { createSender } from '../../src/delivery/sender.ts';
import type { Account, AccountType } from '../../src/domain/account.ts';
import { apiKeyPrefix, hashApiKey, newApiKey } from '../../src/domain/api-key.ts';
import { newId } from '../../src/domain/identifier.ts';
import { insertAccount } from '../../src/storage/accounts.ts';
import { insertApiKey } from '../../src/storage/api-keys.ts';
import type { Database } from '../../src/storage/database.ts';
import { openTestDatabase } from '../support/database.ts';
import { secretBox } from '../support/factory.ts';
import { type AnswerCheck, createAnswerCheck } from './answer-check.ts';

export const platformKey = 'php_platform-key-of-the-tests';

export type Method = 'DELETE' | 'GET' | 'HEAD' | 'OPTIONS' | 'PATCH' | 'POST' | 'PUT';

export interface CallOptions {
  readonly key?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a text or bytes as they are. */
  readonly body?: unknown;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into answers of every shape
  readonly json: any;
}

export interface Member {
  readonly account: Account;
  readonly key: string;
}

export interface TestApi {
  readonly app: FastifyInstance;
  readonly db: Database;
  readonly catalogue: Catalogue;
  /** Lines the service logged, as JSON text. */
  readonly logged: readonly string[];
  /** How often the engine was woken. */
  readonly wakeUps: () => number;
  call(method: Method, url: string, options?: CallOptions): Promise<ApiAnswer>;
  member(type: AccountType, organizationId?: string | null): Promise<Member>;
  close(): Promise<void>;
}

export interface TestApiOptions {
  readonly config?: Partial<Config>;
  readonly replace?: Partial<ApiDependencies>;
  readonly serves?: 'everything' | 'health';
}

const config: Config = {
  host: '127.0.0.1',
  port: 0,
  databaseUrl: null,
  dataDir: 'unused',
  platformKey,
  secretKeys: null,
  role: 'all',
  processes: 1,
  allowedNetworks: ['127.0.0.0/8'],
  dnsServers: null,
  requireHttps: false,
  retryScheduleSeconds: [60],
  retryJitter: 0,
  autoDisableAfter: 10,
  maxInFlight: 1,
  maxInFlightPerWebhook: 1,
  retentionDays: 30,
  // So many that only the tests of the limit meet it.
  rateLimits: { standard: 1_000_000, rotate: 1_000_000, test: 1_000_000 },
  wrongKeysMax: 0,
  trustedProxies: [],
  logLevel: 'info',
  errorDocsUrl: 'https://docs.sent.dm/errors/',
};

export async function startApi(options: TestApiOptions = {}): Promise<TestApi> {
  const db = await openTestDatabase();
  const logged: string[] = [];
  let wakeUps = 0;
  const clock = { now: () => Date.now() };
  const guard = createAddressGuard({
    allowedNetworks: config.allowedNetworks,
    lookup: async () => [{ address: '93.184.215.14', family: 4 }],
  });
  const sender = createSender({ guard, clock });
  const rules = rulesOf(sender, clock);
  const catalogue = createCatalogue(db, clock);
  const dependencies: ApiDependencies = {
    config: { ...config, ...options.config },
    db,
    secretBox,
    platformKey,
    publisher: createPublisher({
      db,
      pace: () => Number.POSITIVE_INFINITY,
      offer: () => null,
      onPublished: () => undefined,
    }),
    catalogue,
    checkEndpoint: guard.checkUrl,
    sendNow: (one) => attempt(one, rules),
    requestOf: (one, startedAt) => requestOf(one, startedAt, rules),
    onDeliveriesAffected: () => {
      wakeUps++;
    },
    onReady: () => undefined,
    log: pino({ level: 'info' }, { write: (line: string) => logged.push(line) }),
    clock,
    random: { bytes: randomBytes },
    readiness: async () => [],
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'posthorn_up 1\n' }),
    version: '0.0.0-test',
    ...options.replace,
  };
  const app = await buildServer(dependencies, { serves: options.serves ?? 'everything' });
  await app.ready();
  const check = options.serves === 'health' ? null : await createAnswerCheck(app);

  return {
    app,
    db,
    catalogue,
    logged,
    wakeUps: () => wakeUps,
    call: (method, url, callOptions = {}) => call(app, check, method, url, callOptions),
    member: (type, organizationId = null) => addMember(db, type, organizationId),
    async close() {
      await app.close();
      await sender.close();
      await db.close();
    },
  };
}

function rulesOf(sender: DeliverRules['sender'], clock: DeliverRules['clock']): DeliverRules {
  return {
    sender,
    keyring: createKeyring(secretBox),
    clock,
    randomFraction: () => 0,
    retrySchedule: [60],
    retryJitter: 0,
    userAgent: 'Posthorn/test',
  };
}

async function call(
  app: FastifyInstance,
  check: AnswerCheck | null,
  method: Method,
  url: string,
  { key = null, headers = {}, body }: CallOptions,
): Promise<ApiAnswer> {
  const isText = typeof body === 'string' || Buffer.isBuffer(body);
  const response = await app.inject({
    method,
    url,
    headers: {
      ...(key === null ? {} : { 'x-api-key': key }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: isText ? body : JSON.stringify(body) }),
  });
  const text = response.body;
  const isJson = text !== '' && String(response.headers['content-type']).startsWith('application/json');
  const json = isJson ? JSON.parse(text) : null;
  check?.(method, url, response.statusCode, json);
  return { status: response.statusCode, headers: response.headers, text, json };
}

async function addMember(db: Database, type: AccountType, organizationId: string | null): Promise<Member> {
  const now = Date.now();
  const account = await insertAccount(db, newId(now), {
    type,
    name: `A ${type}`,
    organizationId,
    email: null,
  });
  const key = newApiKey(randomBytes(32));
  const stored = {
    id: newId(now),
    name: null,
    prefix: apiKeyPrefix(key),
    keyHash: hashApiKey(key),
    expiresAt: null,
  };
  await insertApiKey(db, account.id, stored);
  return { account, key };
}
