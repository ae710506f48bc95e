/**
 * SIGTERM under load: the service ends with 0 and in time, nothing that was acknowledged is lost, and what is in flight is
 * finished and not sent a second time, unless its endpoint hangs for longer than the service waits.
 */
import { setTimeout as pause } from 'node:timers/promises';
import sql from 'sql-template-tag';
import { expect, test } from 'vitest';
import { recordFigure } from '../support/figures.ts';
import { lostEvents, sentAgain, unfinishedDeliveries, untilLogsAreFinished } from '../support/kill-audit.ts';
import { type KillDeployment, replyTo, startEmbedded, startOnServer } from '../support/kill-deployment.ts';
import { newProducerIds, publish, repeatDoubtful, startLoad } from '../support/kill-load.ts';
import { type SeededRandom, startRandom } from '../support/kill-seed.ts';

/** In-flight deliveries have eight seconds; the rest is for a machine that is busy. */
const boundMs = 12_000;
const latestSignalMs = 300;
/** One delivery in so many is in flight when the signal comes. */
const heldOneIn = 4;
const topic = 'Shutdown';

type Layout = [what: string, rounds: number, start: () => Promise<KillDeployment>];

const layouts: Layout[] = [
  ['embedded', 16, () => startEmbedded()],
  ['one process on PostgreSQL', 18, () => startOnServer(['all'])],
  [
    'two processes on PostgreSQL',
    16,
    () => startOnServer(['all'], { settings: { POSTHORN_PROCESSES: '2' } }),
  ],
];

test.each(layouts)(
  'SIGTERM under load, %s, ends with 0, loses nothing and sends nothing twice',
  async (what, rounds, start) => {
    const deployment = await start();
    const { db, producer, receiver, audited } = deployment;
    const random = startRandom(`SIGTERM, ${what}`);
    let longestMs = 0;
    let inFlight = 0;
    let survived = 0;
    try {
      for (let round = 0; round < rounds; round++) {
        const stopped = await stopUnderLoad(deployment, random);
        longestMs = Math.max(longestMs, stopped.afterMs);
        inFlight += stopped.inFlight;
        await deployment.start();
        await repeatDoubtful(producer, audited().address);
        survived++;
      }
      await untilLogsAreFinished(audited());
      const lost = await lostEvents(producer, audited());
      const again = sentAgain(receiver.requests);
      if (db !== null) expect(await unfinishedDeliveries(db)).toBe(0);
      expect(lost).toEqual([]);
      expect(again).toEqual([]);
      await recordFigure({
        topic,
        what: `SIGTERM under load, ${what}`,
        tried: rounds,
        survived,
        lost: lost.length,
        duplicated: again.length,
        note: `${producer.acknowledged.size} events acknowledged, ${inFlight} deliveries waiting for an answer at the signal; the longest took ${(longestMs / 1000).toFixed(1)} s`,
      });
    } finally {
      await deployment.close();
    }
  },
  240_000,
);

test('an endpoint that hangs for longer than the service waits gets its deliveries again after the next start', async () => {
  const results = await Promise.all(layouts.map(([, , start]) => stopWhileHanging(start)));
  await recordFigure({
    topic,
    what: 'SIGTERM while an endpoint hangs',
    tried: layouts.length,
    survived: results.length,
    lost: results.reduce((sum, { lost }) => sum + lost, 0),
    note: `in each way of running; ended with 0 after ${results.map(({ afterMs }) => (afterMs / 1000).toFixed(1)).join(', ')} s`,
  });
}, 120_000);

interface Stopped {
  readonly afterMs: number;
  /** Deliveries that had arrived and were not answered. */
  readonly inFlight: number;
}

async function stopUnderLoad(deployment: KillDeployment, random: SeededRandom): Promise<Stopped> {
  const { receiver, producer, audited } = deployment;
  const { address } = audited();
  let openGate = () => {};
  const gate = new Promise<void>((resolve) => {
    openGate = resolve;
  });
  let held = 0;
  receiver.respondWith((request, index) => {
    if (index % heldOneIn > 0) return replyTo(request);
    held++;
    return { ...replyTo(request), delayUntil: gate };
  });
  const load = startLoad(producer, address);
  try {
    while (held === 0) await receiver.waitFor(receiver.requests.length + 1);
    await pause(random.fraction() * latestSignalMs);
    const signalledAt = performance.now();
    const inFlight = held;
    const stopping = deployment.stop();
    await untilRefused(address);
    openGate();
    expect(await stopping).toEqual([0]);
    const afterMs = performance.now() - signalledAt;
    expect(afterMs).toBeLessThan(boundMs);
    return { afterMs, inFlight };
  } finally {
    openGate();
    await load.stop();
  }
}

async function stopWhileHanging(
  start: () => Promise<KillDeployment>,
): Promise<{ afterMs: number; lost: number }> {
  const deployment = await start();
  const { db, producer, receiver, audited } = deployment;
  try {
    const webhooks = audited().webhooks.size;
    const ids = newProducerIds(8);
    receiver.respondWith({ fault: 'hang' });
    await publish(producer, audited().address, ids);
    const sent = await receiver.waitFor(ids.length * webhooks);
    const signalledAt = performance.now();
    expect(await deployment.stop()).toEqual([0]);
    const afterMs = performance.now() - signalledAt;
    expect(afterMs).toBeLessThan(boundMs);
    if (db !== null) {
      const ready = await db.query(
        sql`select from pending_deliveries where lease is null and attempts = 0 and due_at <= clock_now()`,
      );
      expect(ready).toHaveLength(sent.length);
    }
    receiver.respondWith({});
    await deployment.start();
    await untilLogsAreFinished(audited());
    const once = sent.map(({ headers }) => String(headers['x-webhook-event-id']));
    expect(sentAgain(receiver.requests).sort()).toEqual(once.sort());
    const lost = await lostEvents(producer, audited());
    expect(lost).toEqual([]);
    return { afterMs, lost: lost.length };
  } finally {
    await deployment.close();
  }
}

async function untilRefused(address: string): Promise<void> {
  // Of several processes, one that closes may have been handed the connection: docs/decisions/0008-many-processes.md.
  const ask = () => fetch(`${address}/health/live`, { signal: AbortSignal.timeout(1000) });
  while (await ask().then(Boolean, () => false));
}
