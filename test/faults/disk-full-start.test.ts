/** The disk is full when an embedded service starts: it says so and ends, and starts as soon as there is space. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordFigure } from '../support/figures.ts';
import { type FullDisk, fullDisk } from '../support/full-disk.ts';
import { startRandom } from '../support/kill-seed.ts';
import { beginStart } from '../support/kill-start.ts';
import { startServiceProcess } from '../support/service-process.ts';

const firstStarts = 4;
/** A start that is refused ends by itself. */
const patienceMs = 60_000;

let parent: string;
let disk: FullDisk;

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'posthorn-no-space-'));
  disk = await fullDisk(join(parent, 'full'));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

test('a first start without space ends with 1 and says so, wherever it ran out, and the next one works', async () => {
  const random = startRandom('first starts without space');
  await disk.fill('what grows', Number.MAX_SAFE_INTEGER);
  const whole = await startServiceProcess(join(parent, 'whole'), disk.settings);
  const writesOfStart = await disk.writes();
  await whole.end('SIGKILL');
  let survived = 0;
  for (let n = 0; n < firstStarts; n++) {
    const dataDir = join(parent, `first-${n}`);
    // The very first write, and then any.
    await disk.fill('what grows', n === 0 ? 0 : random.below(writesOfStart));
    await expectRefused(dataDir);
    expect(existsSync(join(dataDir, 'database.initialising'))).toBe(false);
    await disk.free();
    const service = await startServiceProcess(dataDir);
    expect(await service.end('SIGTERM')).toBe(0);
    survived++;
  }
  await record('the first start without space', firstStarts, survived);
}, 240_000);

test('a start without space on a directory that was killed ends with 1 and says so, and harms nothing', async () => {
  const dataDir = join(parent, 'killed');
  const first = await startServiceProcess(dataDir);
  const event = { account_id: first.keys.profileId, event: 'message.sent', id: 'one', payload: {} };
  expect(await publish(first.address, first.keys.platformKey, event)).toMatchObject({ duplicate: false });
  await first.end('SIGKILL');
  const tried = 6;
  let survived = 0;
  for (let n = 0; n < tried; n++) {
    await disk.fill(n % 2 === 0 ? 'what grows' : 'everything', n);
    await expectRefused(dataDir);
    survived++;
  }
  await disk.free();
  const service = await startServiceProcess(dataDir);
  try {
    expect(await publish(service.address, service.keys.platformKey, event)).toMatchObject({
      duplicate: true,
    });
    expect(await service.end('SIGTERM')).toBe(0);
  } finally {
    await service.end('SIGKILL');
  }
  await record('a later start without space', tried, survived);
}, 240_000);

async function expectRefused(dataDir: string): Promise<void> {
  const starting = beginStart({ ...disk.settings, POSTHORN_DATA_DIR: dataDir, LOG_LEVEL: 'warn' });
  const bound = setTimeout(starting.kill, patienceMs);
  try {
    const { code, output } = await starting.ended;
    expect([code, output]).toEqual([1, output]);
    expect(output).toMatch(
      /^Posthorn could not start: (.*the disk is full\. Free some space there|the disk is full: the embedded database in .* cannot write\. Free some space there)/im,
    );
    expect(output).not.toContain('damaged');
  } finally {
    clearTimeout(bound);
    starting.kill();
  }
}

async function publish(address: string, key: string, event: object): Promise<unknown> {
  const response = await fetch(`${address}/platform/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify(event),
  });
  expect(response.status).toBe(202);
  return JSON.parse(await response.text()).data.events[0];
}

async function record(what: string, tried: number, survived: number): Promise<void> {
  await recordFigure({
    topic: 'Disk full',
    what,
    tried,
    survived,
    note: `${await disk.failures()} writes failed until then`,
  });
}
