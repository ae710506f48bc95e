/**
 * The disk of an embedded database is full, at random moments under load: the service says so and lives, nothing that was
 * acknowledged is lost, nothing is damaged, and it goes on by itself when there is space again.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { recordFigure } from '../support/figures.ts';
import { type FullDisk, type FullFor, fullDisk } from '../support/full-disk.ts';
import { lostEvents, sentAgain, untilLogsAreFinished } from '../support/kill-audit.ts';
import { type KillDeployment, startEmbedded } from '../support/kill-deployment.ts';
import { newProducerIds, publish, repeatDoubtful, startLoad } from '../support/kill-load.ts';
import { type SeededRandom, startRandom } from '../support/kill-seed.ts';

const topic = 'Disk full';
const latestMs = 400;
const patienceMs = 60_000;
const maxInFlight = 48;

let directory: string;
let disk: FullDisk;
let deployment: KillDeployment;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'posthorn-disk-'));
  disk = await fullDisk(join(directory, 'full'));
  deployment = await startEmbedded({
    settings: { ...disk.settings, LOG_LEVEL: 'warn', POSTHORN_MAX_IN_FLIGHT: String(maxInFlight) },
  });
});
afterEach(async () => {
  await deployment.close();
  await rm(directory, { recursive: true, force: true });
});

test.each<[FullFor, number]>([
  ['what grows', 5],
  ['everything', 5],
])(
  'a disk that is full for %s is told as an outage, and work goes on when there is space',
  async (fullFor, rounds) => {
    const { producer, audited } = deployment;
    const what = `no space for ${fullFor}, under load`;
    const random = startRandom(what);
    let survived = 0;
    for (let round = 0; round < rounds; round++) {
      await fillUnderLoad(fullFor, random);
      await expectRefusal();
      await disk.free();
      await untilTaken();
      await repeatDoubtful(producer, audited().address);
      survived++;
    }
    await expectNothingLost();
    expect(sentAgain(deployment.receiver.requests)).toEqual([]);
    expect(await deployment.stop()).toEqual([0]);
    await deployment.start();
    await record(what, rounds, survived);
  },
  240_000,
);

test('a process that is told to stop while the disk is full ends with 0, and works after the next start', async () => {
  const rounds = 3;
  const random = startRandom('SIGTERM without space');
  let survived = 0;
  for (let round = 0; round < rounds; round++) {
    await fillUnderLoad(round % 2 === 0 ? 'what grows' : 'everything', random);
    expect(await deployment.stop()).toEqual([0]);
    await disk.free();
    await deployment.start();
    await repeatDoubtful(deployment.producer, deployment.audited().address);
    survived++;
  }
  // What had been sent and could not be recorded is sent again.
  expect(sentAgain(deployment.receiver.requests).length).toBeLessThanOrEqual(rounds * maxInFlight);
  await record('SIGTERM without space', rounds, survived);
}, 240_000);

/** Resolves once every connection of the load was refused. */
async function fillUnderLoad(fullFor: FullFor, random: SeededRandom): Promise<void> {
  const { producer, audited } = deployment;
  const failures = await disk.failures();
  const load = startLoad(producer, audited().address);
  await pause(random.fraction() * latestMs);
  await disk.fill(fullFor);
  await load.refused;
  await load.stop();
  expect(await disk.failures()).toBeGreaterThan(failures);
}

/** As the contract has it, and told to whoever runs the service. */
async function expectRefusal(): Promise<void> {
  const { producer, audited, process } = deployment;
  const refused = await eventually(
    async () => {
      const events = newProducerIds(100).map((id) => ({
        account_id: producer.accountId,
        event: 'message.sent',
        id,
        payload: { n: id },
      }));
      const response = await fetch(`${audited().address}/platform/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': producer.platformKey },
        body: JSON.stringify({ events }),
      });
      return {
        status: response.status,
        retryAfter: Number(response.headers.get('retry-after')),
        ...JSON.parse(await response.text()),
      };
    },
    ({ status }) => status !== 202,
    patienceMs,
  );
  expect(refused).toMatchObject({ status: 503, error: { code: 'SERVICE_001' } });
  expect(refused.retryAfter).toBeGreaterThanOrEqual(1);
  expect((await fetch(`${audited().address}/health/live`)).status).toBe(200);
  expect(process('all').output()).toMatch(/the disk is full: .*database/);
}

async function untilTaken(): Promise<void> {
  const { producer, audited } = deployment;
  await eventually(
    () => publish(producer, audited().address, newProducerIds(1)),
    (published) => published !== null,
    patienceMs,
  );
}

async function expectNothingLost(): Promise<void> {
  const { producer, audited } = deployment;
  await untilLogsAreFinished(audited());
  expect(await lostEvents(producer, audited())).toEqual([]);
  expect(producer.acknowledged.size).toBeGreaterThan(0);
}

async function record(what: string, tried: number, survived: number): Promise<void> {
  await expectNothingLost();
  const again = sentAgain(deployment.receiver.requests);
  await recordFigure({
    topic,
    what,
    tried,
    survived,
    lost: 0,
    duplicated: again.length,
    note: `${deployment.producer.acknowledged.size} events acknowledged, ${await disk.failures()} writes failed`,
  });
}
