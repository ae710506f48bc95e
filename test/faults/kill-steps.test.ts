/**
 * Processes are killed at each step of an event's life on PostgreSQL. The step is held from outside: by a lock on a table
 * that its statement needs, by freezing the process while the server works on, or by a receiver that does not answer.
 */
import sql from 'sql-template-tag';
import { expect, test } from 'vitest';
import type { Database, Queryable } from '../../src/storage/database.ts';
import { leaseMs, nobody } from '../../src/storage/leases.ts';
import { advanceClock } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { recordFigure } from '../support/figures.ts';
import {
  leasedDeliveries,
  lostEvents,
  sentAgain,
  unfinishedDeliveries,
  untilLogsAreFinished,
} from '../support/kill-audit.ts';
import { type KillDeployment, type Role, startOnServer } from '../support/kill-deployment.ts';
import { newProducerIds, publish } from '../support/kill-load.ts';
import { dropWaiting, holdTable, untilWaiting } from '../support/kill-locks.ts';
import { startRandom } from '../support/kill-seed.ts';

/** Of each step. */
const rounds = 5;
const split: readonly Role[] = ['api', 'worker'];
/** How the statements of these steps begin, as `like` sees them. */
const publishing = '%as item (id, account_id, name%';
const claiming = '%with lane as%as lane (webhook_id, is_retry, size, after)%';
const recording = '%with outcome as%';
/** More than the service writes in one statement of many requests. */
const largeBatch = 300;

test.each<[string, readonly Role[], Role]>([
  ['API', split, 'api'],
  ['API and worker in one process', ['all'], 'all'],
])(
  'after the commit and before the 202 (%s): published again it is known, and sent once',
  async (who, roles, role) => {
    await inRounds(`${who}, after the commit and before the 202`, roles, async (deployment, db) => {
      const { producer } = deployment;
      const ids = newProducerIds(3);
      const lock = await holdTable(db, 'dedup_keys');
      const unanswered = publish(producer, deployment.audited().address, ids);
      await untilWaiting(db, publishing);
      deployment.process(role).freeze();
      await lock.release();
      const stored = await eventually(
        () => storedEvents(db, ids),
        (events) => events.length === ids.length,
      );
      await deployment.kill([role]);
      expect(await unanswered).toBeNull();
      await deployment.start();
      const again = await publish(producer, deployment.audited().address, ids);
      expect(again?.map(({ duplicate }) => duplicate)).toEqual(ids.map(() => true));
      expect(again?.map(({ id }) => id).sort()).toEqual(stored.sort());
      return [];
    });
  },
  120_000,
);

test('after the claim and before it is sent: sent once, by the next process', async () => {
  await inRounds('worker, after the claim and before the sending', split, async (deployment, db) => {
    const ids = newProducerIds(4);
    const worker = deployment.process('worker');
    worker.freeze();
    await published(deployment, ids);
    const lock = await holdTable(db, 'events');
    worker.resume();
    await untilWaiting(db, claiming);
    worker.freeze();
    await lock.release();
    const claimed = await eventually(
      () => leasedOf(db, ids),
      (deliveries) => deliveries.length > 0,
    );
    await deployment.kill(['worker']);
    const sent = deployment.receiver.requests.map(({ headers }) => headers['x-webhook-event-id']);
    expect(sent.filter((id) => claimed.includes(String(id)))).toEqual([]);
    await startAfterLeases(deployment, db);
    return [];
  });
}, 120_000);

test('after it is sent and before the answer: sent a second time, as the same attempt', async () => {
  await inRounds('worker, after the sending and before the answer', split, async (deployment, db) => {
    const { receiver } = deployment;
    receiver.respondWith({ fault: 'hang' });
    const ids = newProducerIds(4);
    await published(deployment, ids);
    const held = await untilReceived(deployment, ids);
    await deployment.kill(['worker']);
    receiver.respondWith({});
    await startAfterLeases(deployment, db);
    return held;
  });
}, 120_000);

test('after the answer and before it is recorded: sent a second time, as the same attempt', async () => {
  await inRounds('worker, after the answer and before it is recorded', split, async (deployment, db) => {
    const ids = newProducerIds(4);
    const lock = await holdTable(db, 'deliveries');
    await published(deployment, ids);
    const held = await untilReceived(deployment, ids);
    await untilWaiting(db, recording);
    await deployment.kill(['worker']);
    expect(await dropWaiting(db, recording)).toBe(1);
    await lock.release();
    await startAfterLeases(deployment, db);
    return held;
  });
}, 120_000);

test('a batch that is being stored: all of it is there afterwards, or nothing', async () => {
  let whole = 0;
  await inRounds('API, while a batch of 300 is being stored', split, async (deployment, db, round) => {
    const { producer } = deployment;
    const ids = newProducerIds(largeBatch);
    const lock = await holdTable(db, 'dedup_keys');
    const unanswered = publish(producer, deployment.audited().address, ids);
    await untilWaiting(db, publishing);
    await deployment.kill(['api']);
    const isDropped = round % 2 === 0;
    if (isDropped) await dropWaiting(db, publishing);
    await lock.release();
    expect(await unanswered).toBeNull();
    // What the server was asked for before the process died, it may still do.
    const stored = isDropped ? 0 : largeBatch;
    await eventually(
      () => storedEvents(db, ids),
      (events) => events.length === stored,
    );
    await deployment.start();
    const again = await publish(producer, deployment.audited().address, ids);
    expect(again?.filter(({ duplicate }) => duplicate)).toHaveLength(stored);
    if (!isDropped) whole++;
    return [];
  });
  expect(whole).toBe(Math.floor(rounds / 2));
}, 120_000);

test('a batch that is being delivered: sent again is at most what was held', async () => {
  const random = startRandom('worker, in the middle of a batch');
  await inRounds('worker, while a batch of 300 is being delivered', split, async (deployment, db) => {
    const { receiver } = deployment;
    const middle = receiver.requests.length + 1 + random.below(largeBatch - 100);
    const killed = receiver.waitFor(middle).then(() => deployment.kill(['worker']));
    await published(deployment, newProducerIds(largeBatch));
    await killed;
    const held = await leasedDeliveries(db);
    await startAfterLeases(deployment, db);
    return { atMost: held };
  });
}, 120_000);

/** The deliveries that a round must cause to be sent again; or may. */
type SentAgain = readonly string[] | { readonly atMost: readonly string[] };

async function inRounds(
  what: string,
  roles: readonly Role[],
  round: (deployment: KillDeployment, db: Database, n: number) => Promise<SentAgain>,
): Promise<void> {
  const deployment = await startOnServer(roles, { endpoints: ['steady'] });
  const { db, producer, receiver, audited } = deployment;
  try {
    if (db === null) throw new Error('this needs a server');
    const required: string[] = [];
    const allowed: string[] = [];
    let survived = 0;
    for (let n = 0; n < rounds; n++) {
      const again = await round(deployment, db, n);
      if ('atMost' in again) allowed.push(...again.atMost);
      else required.push(...again);
      await untilLogsAreFinished(audited());
      expect(await unfinishedDeliveries(db)).toBe(0);
      survived++;
    }
    const lost = await lostEvents(producer, audited());
    const again = sentAgain(receiver.requests);
    expect(lost).toEqual([]);
    expect(again.filter((id) => !allowed.includes(id)).sort()).toEqual(required.sort());
    await recordFigure({
      topic: 'Process killed',
      what,
      tried: rounds,
      survived,
      lost: lost.length,
      duplicated: again.length,
      note: `${producer.acknowledged.size} events acknowledged`,
    });
  } finally {
    await deployment.close();
  }
}

/** No process delivers: the leases of the dead, and no others, end by the clock. */
async function startAfterLeases(deployment: KillDeployment, db: Database): Promise<void> {
  await advanceClock(db, leaseMs);
  await deployment.start();
}

async function published({ producer, audited }: KillDeployment, ids: readonly string[]): Promise<void> {
  expect(await publish(producer, audited().address, ids)).toHaveLength(ids.length);
}

/** Resolves with the deliveries of these events once all of them have arrived. */
async function untilReceived({ receiver }: KillDeployment, ids: readonly string[]): Promise<string[]> {
  const arrived = () => receiver.requests.filter(({ body }) => ids.includes(JSON.parse(body).payload.n));
  while (arrived().length < ids.length) await receiver.waitFor(receiver.requests.length + 1);
  return arrived().map(({ headers }) => String(headers['x-webhook-event-id']));
}

async function storedEvents(db: Queryable, ids: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ id: string }>(sql`select id from events where producer_id = any(${ids})`);
  return rows.map(({ id }) => id);
}

async function leasedOf(db: Queryable, ids: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ id: string }>(sql`
    select delivery.id from pending_deliveries delivery join events event on event.id = delivery.event_id
    where event.producer_id = any(${ids}) and lease <> ${nobody}`);
  return rows.map(({ id }) => id);
}
