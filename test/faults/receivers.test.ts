/**
 * Receivers that misbehave, through the whole service: what is published to them is finished by the deadline, its log
 * tells the owner what happened, memory stays bounded, and a webhook beside them that is well notices nothing.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { promptReceivers, slowReceivers } from '../support/bad-answers.ts';
import { testAuthority } from '../support/bad-certificates.ts';
import { startBadReceiver } from '../support/bad-receiver.ts';
import { badTlsReceivers } from '../support/bad-tls.ts';
import { recordFigure } from '../support/figures.ts';
import { startReceiver } from '../support/receiver.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { startTally } from '../support/tally.ts';

/** Deliveries to each receiver at the same time; with their retries fewer than open a circuit breaker. */
const atATime = 4;
const memoryMax = 300 * 1024 * 1024;
const shortTimeoutSeconds = 5;
/** Of those that end by themselves: however busy the machine is, their deadline does not end them. */
const longTimeoutSeconds = 120;

interface Case {
  readonly name: string;
  readonly url: string;
  readonly status: number | null;
  readonly message: string | RegExp | null;
  readonly timeoutSeconds: number;
}

interface LogItem {
  readonly delivery_status: string;
  readonly http_status_code: number | null;
  readonly error_message: string | null;
  readonly delivery_attempts: number;
}

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

test('each is bounded and told about truthfully, and a healthy webhook beside them is not held up', async () => {
  const service = await startService();
  const cases = await startCases();
  const webhooks = new Map<Case, string>();
  for (const bad of cases) webhooks.set(bad, await createWebhook(service, bad, 'message'));
  const healthy = await startReceiver();
  opened.push(healthy.close);
  await createWebhook(
    service,
    { name: 'healthy', url: healthy.url, timeoutSeconds: longTimeoutSeconds },
    'contact',
  );

  await publishTo(service, 'contact.opt_in', 1);
  await healthy.next();
  const before = await memoryOf(service);
  for (let sent = 0; sent < atATime; sent++)
    await publishTo(service, 'message.sent', sent === 0 ? 60_000 : 1);
  const judged = startTally();
  let [slowestMs, delivered, memory] = [0, 0, before];
  // A log is asked for between two deliveries to the healthy webhook: asking without a pause would be a load of its own.
  for (const [bad, id] of webhooks) {
    let items: readonly LogItem[] = [];
    while (!isFinished(items)) {
      const startedAt = Date.now();
      await publishTo(service, 'contact.opt_in', 1);
      slowestMs = Math.max(slowestMs, (await healthy.next()).at - startedAt);
      delivered += 1;
      memory = Math.max(memory, await memoryOf(service));
      items = await logOf(service, id);
    }
    const problem = wrongIn(bad, items);
    judged.check(bad.name, problem === null, problem);
  }
  expect(judged.problems).toEqual([]);
  expect(judged.tried).toBe(cases.length);
  expect(delivered).toBeGreaterThan(20);
  // Those that hang take five seconds for each attempt: it waits for none of them, nor for those that pour.
  expect(slowestMs).toBeLessThan(10_000);
  expect(memory - before).toBeLessThan(memoryMax);
  expect(await service.end('SIGTERM')).toBe(0);
  await recordFigure({
    topic: 'Receivers',
    what: 'receivers that misbehave, four deliveries at a time and their retries',
    tried: judged.tried,
    survived: judged.survived,
    note: `healthy webhook beside them: ${delivered} events, the slowest after ${slowestMs} ms; memory grew by at most ${Math.round(Math.max(0, memory - before) / 1e6)} MB`,
  });
});

async function startService(): Promise<ServiceProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), 'posthorn-receivers-'));
  opened.push(() => rm(dataDir, { recursive: true, force: true }));
  const authority = join(dataDir, 'authority.pem');
  await writeFile(authority, testAuthority);
  const service = await startServiceProcess(join(dataDir, 'data'), {
    NODE_EXTRA_CA_CERTS: authority,
    POSTHORN_RATE_LIMIT: '0',
    POSTHORN_AUTO_DISABLE_AFTER: '0',
    POSTHORN_RETRY_SCHEDULE: '0.1',
    POSTHORN_RETRY_JITTER: '0',
  });
  opened.push(() => service.end('SIGKILL'));
  return service;
}

async function startCases(): Promise<Case[]> {
  const cases: Case[] = [];
  for (const bad of [...slowReceivers, ...promptReceivers]) {
    const endpoint = await startBadReceiver(bad.plays);
    opened.push(endpoint.close);
    cases.push({ ...bad, url: endpoint.url, timeoutSeconds: timeoutOf(bad.message) });
  }
  for (const bad of badTlsReceivers) {
    const endpoint = await startBadReceiver(bad.plays, bad.tls ?? undefined);
    opened.push(endpoint.close);
    const url = bad.tls === null ? endpoint.url.replace('http:', 'https:') : endpoint.url;
    cases.push({ ...bad, url, timeoutSeconds: timeoutOf(bad.message) });
  }
  return cases;
}

function timeoutOf(message: string | RegExp | null): number {
  return String(message).includes(`${shortTimeoutSeconds} s`) ? shortTimeoutSeconds : longTimeoutSeconds;
}

/** Null when each delivery ended as it had to. */
function wrongIn(bad: Case, items: readonly LogItem[]): string | null {
  for (const { delivery_status, http_status_code, error_message, delivery_attempts } of items) {
    const isRight =
      delivery_status === (bad.message === null ? 'delivered' : 'failed') &&
      delivery_attempts === (bad.message === null ? 1 : 2) &&
      http_status_code === bad.status &&
      isAs(bad.message, error_message);
    if (!isRight)
      return `${delivery_status} after ${delivery_attempts}: ${http_status_code} ${error_message}, not ${bad.message}`;
  }
  return null;
}

function isAs(expected: string | RegExp | null, message: string | null): boolean {
  return expected instanceof RegExp ? expected.test(message ?? '') : expected === message;
}

function isFinished(items: readonly LogItem[]): boolean {
  return (
    items.length === atATime &&
    items.every(({ delivery_status }) => delivery_status === 'delivered' || delivery_status === 'failed')
  );
}

async function logOf(service: ServiceProcess, id: string): Promise<readonly LogItem[]> {
  const answer: { events: LogItem[] } = await call(service, `/v3/webhooks/${id}/events`);
  return answer.events;
}

async function createWebhook(
  service: ServiceProcess,
  { name, url, timeoutSeconds }: Pick<Case, 'name' | 'url' | 'timeoutSeconds'>,
  family: string,
): Promise<string> {
  const webhook: { id: string } = await call(service, '/v3/webhooks', {
    display_name: name,
    endpoint_url: url,
    event_types: [family],
    retry_count: 1,
    timeout_seconds: timeoutSeconds,
  });
  return webhook.id;
}

async function publishTo(service: ServiceProcess, event: string, payloadBytes: number): Promise<void> {
  const payload = { text: 'x'.repeat(payloadBytes) };
  const { platformKey, profileId } = service.keys;
  await call(service, '/platform/v1/events', { account_id: profileId, event, payload }, platformKey);
}

async function call<Answer>(
  { address, keys }: ServiceProcess,
  path: string,
  body?: object,
  key = keys.profileKey,
): Promise<Answer> {
  const response = await fetch(`${address}${path}`, {
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    headers: { 'content-type': 'application/json', 'x-api-key': key },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
  return JSON.parse(text).data;
}

/** What the service holds in memory, in bytes. */
async function memoryOf({ address }: ServiceProcess): Promise<number> {
  const metrics = await (await fetch(`${address}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1]);
}
