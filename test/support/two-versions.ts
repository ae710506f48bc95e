/** The version before and this one on one database, with endpoints that keep both of them busy in every way. */
import sql from 'sql-template-tag';
import type { Database } from '../../src/storage/database.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { type Customer, createCustomer, type Publishing, startPublishing } from './customers.ts';
import { eventually } from './eventually.ts';
import { testSecretKey } from './factory.ts';
import { type ReceivedRequest, type Receiver, type Reply, startReceiver } from './receiver.ts';
import { type ServerProcess, startServerProcess } from './service-process.ts';

export interface TwoVersions {
  readonly db: Database;
  readonly receiver: Receiver;
  readonly customers: readonly Customer[];
  readonly publishing: Publishing;
  /** Of the previous version. */
  readonly old: ServerProcess;
  /** Of this version, which has migrated the database. */
  readonly current: ServerProcess;
  startOld(): Promise<ServerProcess>;
  /** The endpoint that hangs answers from now on. */
  openGate(): void;
  close(): Promise<void>;
}

export const platformKey = 'php_platform-key-of-the-test';
/** What the endpoint `/later` asks for at its first attempt of each delivery. */
export const retryAfterMs = 600_000;

/** Both under load: each has delivered and has postponed, `/held` hangs, and much of `/later` waits. */
export async function startTwoVersions(databaseUrl: string, oldProgram: string): Promise<TwoVersions> {
  const db = openPostgres({ url: databaseUrl, connectionsMax: 2, onTrouble: () => {} });
  let openGate = () => {};
  const gate = new Promise<void>((resolve) => {
    openGate = resolve;
  });
  const receiver = await startReceiver((request) => replyTo(request, gate));
  const running: ServerProcess[] = [];
  const start = async (settings: Record<string, string>, program?: string) => {
    const service = await startServerProcess({ ...settingsFor(databaseUrl), ...settings }, program);
    running.push(service);
    return service;
  };
  const startOld = () => start({}, oldProgram);

  const old = await startOld();
  const customers = [
    await createCustomer(old, platformKey, receiver.url, ['steady', 'flaky', 'later', 'held']),
    await createCustomer(old, platformKey, receiver.url, ['steady', 'flaky']),
  ];
  const publishing = startPublishing(old, platformKey, customers);
  await publishing.acknowledges(600);
  await eventually(
    () =>
      db.query(sql`select from pending_deliveries where due_at > clock_now() + interval '5 minutes' limit 1`),
    (waiting) => waiting.length > 0,
  );
  // The version before does not know this setting, and refuses what it does not know.
  const current = await start({ POSTHORN_PROCESSES: '1' });
  publishing.services.add(current);
  await publishing.acknowledges(1000);
  await Promise.all([old, current].map(untilBusy));
  return {
    db,
    receiver,
    customers,
    publishing,
    old,
    current,
    startOld,
    openGate,
    async close() {
      await Promise.all(running.map((service) => service.end('SIGKILL')));
      await receiver.close();
      await db.close();
    },
  };
}

function settingsFor(databaseUrl: string): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    POSTHORN_PLATFORM_KEY: platformKey,
    POSTHORN_SECRET_KEY: testSecretKey.toString('base64'),
    POSTHORN_RATE_LIMIT: '0',
    POSTHORN_AUTO_DISABLE_AFTER: '0',
    POSTHORN_RETRY_SCHEDULE: '0.5',
    POSTHORN_RETRY_JITTER: '0',
  };
}

/** What an endpoint does depends on its path; each takes every delivery in the end. */
function replyTo({ path, headers, body }: ReceivedRequest, gate: Promise<void>): Reply {
  const isFirst = headers['x-webhook-attempt'] === '1';
  if (path === '/flaky' && isFirst && JSON.parse(body).payload.n % 3 === 0) return { status: 500 };
  // Not all of them: what keeps failing is held back by its circuit breaker.
  if (path === '/later' && isFirst && JSON.parse(body).payload.n % 2 === 0) {
    return { status: 503, headers: { 'retry-after': String(retryAfterMs / 1000) } };
  }
  return path === '/held' ? { delayUntil: gate } : {};
}

async function untilBusy({ address }: ServerProcess): Promise<void> {
  await eventually(
    async () => (await fetch(`${address}/metrics`)).text(),
    (metrics) =>
      ['delivered', 'retrying'].every((outcome) => new RegExp(`="${outcome}"} [1-9]`).test(metrics)),
  );
}
