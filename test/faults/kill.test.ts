/**
 * The promise "202 means committed", against kill -9: twenty rounds on one embedded data directory, each killed at a
 * moment that a signal names, in the middle of publishing or of delivering.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recordFigure } from '../support/figures.ts';
import { startReceiver } from '../support/receiver.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';

const rounds = 20;
const eventsPerRequest = 5;
const publishers = 4;
/** What one webhook may have in flight: the most that one kill can cause to be sent twice. */
const inFlightMax = 32;

test('nothing acknowledged is lost in twenty kills, and no more is sent twice than was in flight', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'posthorn-kill-'));
  const receiver = await startReceiver();
  const acknowledged = new Set<string>();
  try {
    await createWebhook(await startServiceProcess(dataDir), receiver.url);
    for (let round = 0; round < rounds; round++) {
      const service = await startServiceProcess(dataDir, { POSTHORN_RATE_LIMIT: '0' });
      if (round % 2 === 0) await killWhilePublishing(service, round, acknowledged);
      else
        await killWhileDelivering(
          service,
          receiver.requests.length + 3 + round,
          receiver.waitFor,
          round,
          acknowledged,
        );
    }
    const last = await startServiceProcess(dataDir);
    const received = await untilAllReceived(receiver, acknowledged);
    await last.end('SIGTERM');

    const deliveries = receiver.requests.map(({ headers }) => String(headers['x-webhook-event-id']));
    const sentTwice = deliveries.length - new Set(deliveries).size;
    const lost = [...acknowledged].filter((id) => !received.has(id));
    await recordFigure({
      topic: 'Process killed',
      what: 'embedded, while publishing and while delivering',
      tried: rounds,
      survived: rounds,
      lost: lost.length,
      duplicated: sentTwice,
      note: `${acknowledged.size} events acknowledged`,
    });
    expect(acknowledged.size).toBeGreaterThan(rounds);
    expect(lost).toEqual([]);
    expect(sentTwice).toBeLessThanOrEqual(rounds * inFlightMax);
  } finally {
    await receiver.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}, 600_000);

async function createWebhook(service: ServiceProcess, url: string): Promise<void> {
  const response = await fetch(`${service.address}/v3/webhooks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': service.keys.profileKey },
    body: JSON.stringify({ display_name: 'Kill', endpoint_url: url, event_types: ['message'] }),
  });
  expect(response.status).toBe(201);
  expect(await service.end('SIGTERM')).toBe(0);
}

/** Kills with requests on their way, after as many acknowledgements as the round says. */
async function killWhilePublishing(
  service: ServiceProcess,
  round: number,
  acknowledged: Set<string>,
): Promise<void> {
  let left = 1 + round;
  let killed: Promise<unknown> | null = null;
  await publishUntilKilled(service, round, acknowledged, () => {
    left--;
    if (left <= 0) killed ??= service.end('SIGKILL');
  });
  await killed;
}

/** Kills once the receiver has got so many requests, while more are in flight. */
async function killWhileDelivering(
  service: ServiceProcess,
  received: number,
  waitFor: (count: number) => Promise<unknown>,
  round: number,
  acknowledged: Set<string>,
): Promise<void> {
  const killed = waitFor(received).then(() => service.end('SIGKILL'));
  await publishUntilKilled(service, round, acknowledged, () => {});
  await killed;
}

async function publishUntilKilled(
  service: ServiceProcess,
  round: number,
  acknowledged: Set<string>,
  onAcknowledged: () => void,
): Promise<void> {
  let alive = true;
  await Promise.all(
    Array.from({ length: publishers }, async (_unused, publisher) => {
      for (let request = 0; alive; request++) {
        const ids = Array.from(
          { length: eventsPerRequest },
          (_none, index) => `${round}-${publisher}-${request}-${index}`,
        );
        const accepted = await publish(service, ids);
        if (accepted) {
          for (const id of ids) acknowledged.add(id);
          onAcknowledged();
        } else alive = false;
      }
    }),
  );
}

/** False when the connection broke: whether these are stored is then not known, and nothing was promised. */
async function publish({ address, keys }: ServiceProcess, ids: readonly string[]): Promise<boolean> {
  const events = ids.map((id) => ({
    account_id: keys.profileId,
    event: 'message.sent',
    id,
    payload: { id },
  }));
  try {
    const response = await fetch(`${address}/platform/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': keys.platformKey },
      body: JSON.stringify({ events }),
    });
    expect(response.status).toBe(202);
    await response.text();
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

async function untilAllReceived(
  receiver: Awaited<ReturnType<typeof startReceiver>>,
  acknowledged: ReadonlySet<string>,
): Promise<Set<string>> {
  const received = new Set<string>();
  let seen = 0;
  while ([...acknowledged].some((id) => !received.has(id))) {
    const requests = await receiver.waitFor(seen + 1);
    for (const { body } of requests.slice(seen)) received.add(JSON.parse(body).payload.id);
    seen = requests.length;
  }
  return received;
}
