/**
 * "202 means committed", and "a crash costs at most a second sending of what was in flight": processes are killed with
 * SIGKILL at random moments while events are published to them on several connections and delivered by them.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { recordFigure } from '../support/figures.ts';
import {
  leasedDeliveries,
  lostEvents,
  sentAgain,
  unfinishedDeliveries,
  untilLogsAreFinished,
} from '../support/kill-audit.ts';
import { type KillDeployment, type Role, startEmbedded, startOnServer } from '../support/kill-deployment.ts';
import { repeatDoubtful, startLoad } from '../support/kill-load.ts';
import { startRandom } from '../support/kill-seed.ts';

/** Of each of the three cases on PostgreSQL. */
const roundsOnServer = 12;
const roundsEmbedded = 14;
/** From the first request on; long enough for several hundred events, some of them at their retry. */
const latestKillMs = 400;
/** Of a process with an embedded database, which nobody can look into while it is dead. */
const maxInFlight = 48;

interface Counts {
  /** Deliveries that were leased by a process when it was killed. */
  readonly held: Set<string>;
  /** Events that were committed by a process that could not say so any more. */
  storedUnanswered: number;
  /** Kills after which the service started, and took what it had not answered. */
  survived: number;
}

test.each<[string, readonly Role[], readonly Role[]]>([
  ['the API, on PostgreSQL', ['api', 'worker'], ['api']],
  ['the worker, on PostgreSQL', ['api', 'worker'], ['worker']],
  ['API and worker at once, on PostgreSQL', ['api', 'worker'], ['api', 'worker']],
])(
  'killing %s loses nothing, and sends again only what the dead held',
  async (what, roles, killed) => {
    const deployment = await startOnServer(roles);
    try {
      const counts = await killAtRandomMoments(what, deployment, killed, roundsOnServer);
      const again = await sentAgainInTheEnd(deployment);
      expect(again.filter((id) => !counts.held.has(id))).toEqual([]);
      if (!killed.includes('worker')) expect(again).toEqual([]);
      await report(what, deployment, counts, roundsOnServer);
    } finally {
      await deployment.close();
    }
  },
  240_000,
);

test('killing one process with an embedded database loses nothing, and sends at most again what was in flight', async () => {
  const deployment = await startEmbedded({
    settings: { POSTHORN_MAX_IN_FLIGHT: String(maxInFlight) },
  });
  try {
    const what = 'API and worker in one process, embedded';
    const counts = await killAtRandomMoments(what, deployment, ['all'], roundsEmbedded);
    const again = await sentAgainInTheEnd(deployment);
    expect(again.length).toBeLessThanOrEqual(roundsEmbedded * maxInFlight);
    await report(what, deployment, counts, roundsEmbedded);
  } finally {
    await deployment.close();
  }
}, 240_000);

async function killAtRandomMoments(
  what: string,
  deployment: KillDeployment,
  killed: readonly Role[],
  rounds: number,
): Promise<Counts> {
  const { producer, receiver, db } = deployment;
  const random = startRandom(what);
  const counts: Counts = { held: new Set(), storedUnanswered: 0, survived: 0 };
  let sentBefore = receiver.requests.length;
  for (let round = 0; round < rounds; round++) {
    const { address } = deployment.audited();
    const load = startLoad(producer, address);
    await pause(random.fraction() * latestKillMs);
    await deployment.kill(killed);
    // The API alone holds nothing: what is leased then belongs to a worker that lives.
    if (db !== null && killed.includes('worker')) {
      for (const id of await leasedDeliveries(db)) counts.held.add(id);
    }
    await load.stop();
    expect(sentAgain(receiver.requests.slice(sentBefore)), 'within one life').toEqual([]);
    sentBefore = receiver.requests.length;
    await deployment.start();
    counts.storedUnanswered += await repeatDoubtful(producer, deployment.audited().address);
    counts.survived++;
  }
  return counts;
}

/** Waits for the end of all deliveries. */
async function sentAgainInTheEnd({ db, audited, receiver }: KillDeployment): Promise<string[]> {
  await untilLogsAreFinished(audited());
  if (db !== null) expect(await unfinishedDeliveries(db)).toBe(0);
  return sentAgain(receiver.requests);
}

async function report(
  what: string,
  { db, producer, audited, receiver }: KillDeployment,
  { held, storedUnanswered, survived }: Counts,
  rounds: number,
): Promise<void> {
  const lost = await lostEvents(producer, audited());
  expect(lost).toEqual([]);
  expect(producer.acknowledged.size).toBeGreaterThan(rounds);
  const heldText = db === null ? '' : `; ${held.size} deliveries held by the killed`;
  await recordFigure({
    topic: 'Process killed',
    what,
    tried: rounds,
    survived,
    lost: lost.length,
    duplicated: sentAgain(receiver.requests).length,
    note: `${producer.acknowledged.size} events acknowledged; ${storedUnanswered} were committed but not answered, and recognised as duplicates when repeated${heldText}`,
  });
}
