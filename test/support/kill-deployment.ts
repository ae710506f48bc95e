/** Processes of the service on one database, each of which can be killed and started again, with a customer. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { createCustomer } from './customers.ts';
import { newServerDatabase } from './database.ts';
import { testSecretKey } from './factory.ts';
import type { Audited } from './kill-audit.ts';
import { createProducer, type Producer } from './kill-load.ts';
import { type ReceivedRequest, type Receiver, type Reply, startReceiver } from './receiver.ts';
import { type ServerProcess, startServerProcess } from './service-process.ts';

export type Role = 'all' | 'api' | 'worker';

export interface KillDeployment extends ServerDatabase {
  readonly receiver: Receiver;
  readonly producer: Producer;
  audited(): Audited;
  /** Starts what is not running. */
  start(): Promise<void>;
  process(role: Role): ServerProcess;
  kill(roles: readonly Role[]): Promise<void>;
  /** All of them with SIGTERM. @returns their exit codes */
  stop(): Promise<(number | null)[]>;
  close(): Promise<void>;
}

interface ServerDatabase {
  readonly settings: Record<string, string>;
  /** Null where the database is in the process. */
  readonly db: Database | null;
}

const platformKey = 'php_platform-key-of-the-test';

export const commonSettings = {
  POSTHORN_PLATFORM_KEY: platformKey,
  POSTHORN_SECRET_KEY: testSecretKey.toString('base64'),
  POSTHORN_PROCESSES: '1',
  POSTHORN_RATE_LIMIT: '0',
  POSTHORN_AUTO_DISABLE_AFTER: '0',
  POSTHORN_RETRY_SCHEDULE: '0.2',
  POSTHORN_RETRY_JITTER: '0',
  LOG_LEVEL: 'silent',
};

export interface KillDeploymentOptions {
  /** `/steady` takes everything, `/flaky` refuses some of it the first time. Default: both. */
  readonly endpoints?: readonly string[];
  readonly settings?: Record<string, string>;
}

interface Parts extends ServerDatabase {
  readonly roles: readonly Role[];
  readonly endpoints: readonly string[];
  readonly remove: () => Promise<void>;
}

const bothEndpoints = ['steady', 'flaky'];

export async function startOnServer(
  roles: readonly Role[],
  { endpoints = bothEndpoints, settings = {} }: KillDeploymentOptions = {},
): Promise<KillDeployment> {
  const { url } = await newServerDatabase(inject('postgresUrl') ?? '');
  const db = openPostgres({ url, connectionsMax: 4, onTrouble: () => {} });
  const all = { ...commonSettings, DATABASE_URL: url, ...settings };
  return startDeployment({ roles, endpoints, settings: all, db, remove: () => db.close() });
}

export async function startEmbedded({
  endpoints = bothEndpoints,
  settings = {},
}: KillDeploymentOptions = {}): Promise<KillDeployment> {
  const dataDir = await mkdtemp(join(tmpdir(), 'posthorn-kill-'));
  const all = { ...commonSettings, POSTHORN_DATA_DIR: dataDir, ...settings };
  const remove = () => rm(dataDir, { recursive: true, force: true });
  return startDeployment({ roles: ['all'], endpoints, settings: all, db: null, remove });
}

async function startDeployment({ roles, endpoints, settings, db, remove }: Parts): Promise<KillDeployment> {
  const receiver = await startReceiver(replyTo);
  const running = new Map<Role, ServerProcess>();
  const start = async () => {
    const missing = roles.filter((role) => !running.has(role));
    const started = missing.map(async (role) => {
      running.set(role, await startServerProcess({ ...settings, POSTHORN_ROLE: role }));
    });
    await Promise.allSettled(started);
    await Promise.all(started);
  };
  const process = (role: Role) => {
    const found = running.get(role);
    if (found === undefined) throw new Error(`no process has the role ${role}`);
    return found;
  };
  const kill = async (killed: readonly Role[]) => {
    await Promise.all(killed.map((role) => running.get(role)?.end('SIGKILL')));
    for (const role of killed) running.delete(role);
  };
  const stop = async () => {
    const codes = await Promise.all([...running.values()].map((service) => service.end('SIGTERM')));
    running.clear();
    return codes;
  };
  const close = async () => {
    await kill(roles);
    await receiver.close();
    await remove();
  };
  try {
    await start();
    const api = roles.includes('all') ? 'all' : 'api';
    const { accountId, apiKey, webhooks } = await createCustomer(
      process(api),
      platformKey,
      receiver.url,
      endpoints,
    );
    const producer = createProducer(platformKey, accountId);
    const audited = () => ({ address: process(api).address, apiKey, webhooks, requests: receiver.requests });
    return { settings, db, receiver, producer, audited, start, process, kill, stop, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** By the event: what is refused once is so whoever sends it. */
export function replyTo({ path, headers, body }: ReceivedRequest): Reply {
  const isRefused = path === '/flaky' && headers['x-webhook-attempt'] === '1' && /"n":"[0-4]/.test(body);
  return isRefused ? { status: 500 } : {};
}
