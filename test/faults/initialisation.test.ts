/**
 * Processes are killed while they make the embedded data directory: at random moments of the very first start, and when a
 * file of it appears. Whatever they leave, the next start works with it, and the keys that it keeps open what it made.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordFigure } from '../support/figures.ts';
import { startRandom } from '../support/kill-seed.ts';
import { beginStart } from '../support/kill-start.ts';
import { startServiceProcess } from '../support/service-process.ts';

const directories = 4;
/** The starts of one directory that are killed, each where the one before left it, before one may finish. */
const killsOfEach = 3;
const topic = 'Process killed';
/** What a working data directory holds while it is in use. */
const files = ['database', 'keys.json', 'lock', 'lock-holder.json', 'platform.key', 'secret.key'];

let parent: string;

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'posthorn-first-'));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

test('killed at random moments of the first start: the next one works', async () => {
  const random = startRandom('first starts, embedded');
  const begunAt = performance.now();
  await expectWorking(join(parent, 'whole'));
  // So long on this machine, today, with what is done after the start.
  const latestKillMs = performance.now() - begunAt;
  let killed = 0;
  for (let n = 0; n < directories; n++) {
    const dataDir = join(parent, `random-${n}`);
    for (let kill = 0; kill < killsOfEach; kill++) {
      const starting = beginStart({ POSTHORN_DATA_DIR: dataDir, LOG_LEVEL: 'warn' });
      await pause(random.fraction() * latestKillMs);
      starting.kill();
      const { code, output } = await starting.ended;
      expect([code, output]).toEqual([null, output]);
      killed++;
    }
    await expectWorking(dataDir);
  }
  const note = `${directories} directories, each killed ${killsOfEach} times before its first complete start`;
  await recordFigure({ topic, what: 'the first start, embedded', tried: killed, survived: killed, note });
}, 300_000);

const steps = [
  'lock',
  'lock-holder.json',
  'platform.key',
  'secret.key',
  'database.initialising/PG_VERSION',
  'database.initialising/global/pg_control',
  'database',
  'keys.json',
];

test('killed when a file of it appears: the next start works', async () => {
  let survived = 0;
  for (const [n, file] of steps.entries()) {
    const dataDir = join(parent, `step-${n}`);
    const starting = beginStart({ POSTHORN_DATA_DIR: dataDir, LOG_LEVEL: 'warn' });
    await Promise.race([untilThere(join(dataDir, file)), starting.ended]);
    starting.kill();
    const { code, output } = await starting.ended;
    expect([code, output], file).toEqual([null, output]);
    await expectWorking(dataDir);
    survived++;
  }
  const what = 'the first start, embedded, when a file appears';
  await recordFigure({ topic, what, tried: steps.length, survived, note: steps.join(', ') });
}, 300_000);

async function untilThere(path: string): Promise<void> {
  while (!existsSync(path)) await new Promise((resolve) => setImmediate(resolve));
}

/** It serves, with the keys that it keeps; nothing half-made is left; and it starts again. */
async function expectWorking(dataDir: string): Promise<void> {
  const first = await startServiceProcess(dataDir);
  try {
    const me = await fetch(`${first.address}/v3/me`, { headers: { 'x-api-key': first.keys.profileKey } });
    expect(JSON.parse(await me.text())).toMatchObject({ data: { id: first.keys.profileId } });
    const published = await fetch(`${first.address}/platform/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': first.keys.platformKey },
      body: JSON.stringify({ account_id: first.keys.profileId, event: 'message.sent', payload: {} }),
    });
    expect(published.status).toBe(202);
    expect(await readFile(join(dataDir, 'platform.key'), 'utf8')).toBe(`${first.keys.platformKey}\n`);
    expect((await readdir(dataDir)).sort()).toEqual(files);
    expect(await first.end('SIGTERM')).toBe(0);
  } finally {
    await first.end('SIGKILL');
  }
}
