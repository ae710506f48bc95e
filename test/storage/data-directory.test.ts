import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { accept, refuse } from '../../src/domain/result.ts';
import {
  type DataDirectory,
  type DataDirectoryOptions,
  openDataDirectory,
  readFirstRunKeys,
} from '../../src/storage/data-directory.ts';
import { lifeOf, ownIdentity } from '../../src/storage/process-identity.ts';

const keys = { platformKey: 'php_1', organizationKey: 'ph_2', profileId: 'p', profileKey: 'ph_3' };
/** Far less than the five seconds for which a heartbeat may be missing. */
const atOnceMs = 2_500;

let parent: string;
let path: string;
const opened: DataDirectory[] = [];
const children: ChildProcess[] = [];

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'posthorn-data-'));
  path = join(parent, 'deep', 'data');
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((directory) => directory.close()));
  await Promise.all(children.splice(0).map(kill));
  await rm(parent, { recursive: true, force: true });
});

async function open(options?: DataDirectoryOptions): Promise<DataDirectory> {
  const directory = await openDataDirectory(path, options);
  if (!directory.ok) throw new Error(directory.error);
  opened.push(directory.value);
  return directory.value;
}

async function refusal(at = path): Promise<string> {
  const directory = await openDataDirectory(at);
  if (!directory.ok) return directory.error;
  await directory.value.close();
  throw new Error('the directory was opened');
}

async function modeOf(file: string): Promise<string> {
  return ((await stat(file)).mode & 0o777).toString(8);
}

/** A process of its own that opens the directory when told to, says what came of it, and keeps it. */
const program = `
  import { openDataDirectory } from ${JSON.stringify(import.meta.resolve('../../dist/storage/data-directory.js'))};
  const [path, afterwards] = process.argv.slice(1);
  console.log('ready');
  await new Promise((resolve) => process.stdin.once('data', resolve));
  const directory = await openDataDirectory(path);
  console.log(directory.ok ? 'held' : directory.error);
  if (afterwards === 'exit') process.exit();`;

interface Other {
  readonly child: ChildProcess;
  open(): Promise<string>;
  readonly exited: Promise<unknown>;
}

async function startOther(afterwards = 'stay'): Promise<Other> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, path, afterwards], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const exited = once(child, 'exit');
  const lines = createInterface(child.stdout);
  await once(lines, 'line');
  return {
    child,
    exited,
    async open() {
      const said = once(lines, 'line');
      child.stdin.write('go\n');
      return String((await said)[0]);
    },
  };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** What a process leaves behind that ran elsewhere, or earlier under this process's id. */
async function leaveLock(holder: object, heartbeatAgeMs: number): Promise<void> {
  await mkdir(join(path, 'lock'), { recursive: true });
  await writeFile(join(path, 'lock-holder.json'), JSON.stringify({ ...ownIdentity(), ...holder }));
  const heartbeat = new Date(Date.now() - heartbeatAgeMs);
  await utimes(join(path, 'lock'), heartbeat, heartbeat);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

describe('a data directory', () => {
  test('is made for its user alone', async () => {
    await open();
    expect(await modeOf(path)).toBe('700');
  });

  test('keeps a key: it is made once and never overwritten', async () => {
    const first = await open();
    expect(await first.readOrCreateKey('secret-key', () => 'one')).toEqual(accept('one'));
    expect(await first.readOrCreateKey('secret-key', () => 'two')).toEqual(accept('one'));
    await first.close();
    const second = await open();
    expect(await second.readOrCreateKey('secret-key', () => 'three')).toEqual(accept('one'));
    expect(await readFile(join(path, 'secret-key'), 'utf8')).toBe('one\n');
  });

  test('lets only its user read what it writes, also after a crash in the middle of writing', async () => {
    const directory = await open();
    await writeFile(join(path, `secret-key.${process.pid}.tmp`), 'half a k', { mode: 0o644 });
    await directory.readOrCreateKey('secret-key', () => 'one');
    await directory.writeKeys(keys);
    for (const file of ['secret-key', 'keys.json', 'lock-holder.json']) {
      expect([file, await modeOf(join(path, file))]).toEqual([file, '600']);
    }
    expect((await readdir(path)).filter((file) => file.endsWith('.tmp'))).toEqual([]);
  });

  test('is cleared of what killed processes were writing, and of nothing else', async () => {
    await (await open()).close();
    for (const file of ['secret.key.1.tmp', 'keys.json.23.tmp', 'notes.tmp'])
      await writeFile(join(path, file), '');
    await open();
    expect((await readdir(path)).sort()).toEqual(['lock', 'lock-holder.json', 'notes.tmp']);
  });

  test('refuses to take an empty key file for a key', async () => {
    const directory = await open();
    await writeFile(join(path, 'secret-key'), '\n');
    const file = join(directory.path, 'secret-key');
    expect(await directory.readOrCreateKey('secret-key', () => 'one')).toEqual(
      refuse(`The key file ${file} is empty`),
    );
  });

  test('makes no key where one must be there already', async () => {
    const directory = await open();
    const file = join(directory.path, 'secret-key');
    expect(await directory.readKey('secret-key')).toEqual(refuse(`The key file ${file} is missing`));
    expect(existsSync(file)).toBe(false);
  });

  test('keeps the first-run keys, which can be read while it is in use', async () => {
    const directory = await open();
    expect(await directory.readKeys()).toBeNull();
    await directory.writeKeys(keys);
    expect(await directory.readKeys()).toEqual(keys);
    expect(await readFirstRunKeys(path)).toEqual({ ok: true, value: keys });
    await expect(directory.writeKeys({ ...keys, profileId: 'q' })).rejects.toThrow('exists already');
    expect(await directory.readKeys()).toEqual(keys);
  });

  test.each(['{', 'null', '{"platformKey":"php_1"}'])(
    'says that a keys file of %s is damaged',
    async (text) => {
      const directory = await open();
      await writeFile(directory.keysFile, text);
      expect(await readFirstRunKeys(path)).toEqual({
        ok: false,
        error: expect.stringContaining('is damaged'),
      });
      await expect(directory.readKeys()).rejects.toThrow('Restore it from a backup.');
    },
  );

  test('that is a file, or below one, is refused with what to do', async () => {
    const file = join(parent, 'file');
    await writeFile(file, '');
    const advice = 'Give this user write access to it, or set POSTHORN_DATA_DIR to another directory.';
    expect(await refusal(file)).toBe(
      `The data directory ${file} cannot be used: it is not a directory. ${advice}`,
    );
    expect(await refusal(join(file, 'data'))).toBe(
      `The data directory ${join(file, 'data')} cannot be used: a part of the path is not a directory. ${advice}`,
    );
  });
});

describe('the lock', () => {
  test('refuses a second process, and names the first and what to do', async () => {
    const directory = await open();
    const other = await startOther();
    const said = await other.open();
    expect(said).toContain(`${directory.path} is in use by another Posthorn process (pid ${process.pid} on `);
    expect(said).toContain('Stop that process, or set POSTHORN_DATA_DIR to another directory.');
  });

  test('refuses the same process a second time, until it was released', async () => {
    const first = await open();
    expect(await refusal()).toContain(`pid ${process.pid}`);
    await first.close();
    await first.close();
    await open();
  });

  test('is free at once after kill -9', async () => {
    const other = await startOther();
    expect(await other.open()).toBe('held');
    await kill(other.child);
    expect(await timed(open)).toBeLessThan(atOnceMs);
  });

  test('is free at once after a process that ended without releasing it', async () => {
    const other = await startOther('exit');
    expect(await other.open()).toBe('held');
    await other.exited;
    expect(await timed(open)).toBeLessThan(atOnceMs);
  });

  test('of a killed process goes to one of many that start together', async () => {
    const [killed, ...others] = await Promise.all([startOther(), startOther(), startOther()]);
    expect(await killed.open()).toBe('held');
    await kill(killed.child);
    const said = await Promise.all(others.map((other) => other.open()));
    expect(said.filter((line) => line === 'held')).toHaveLength(1);
    expect(said.filter((line) => line.includes('is in use'))).toHaveLength(1);
  });

  test.each([{ startedAt: '1' }, { startedAt: null }])(
    'that an earlier life left under this very process id is free at once: %o',
    async (holder) => {
      await leaveLock(holder, 0);
      expect(await timed(open)).toBeLessThan(atOnceMs);
    },
  );

  test('of a process that runs where we cannot look is free when its heartbeat is missing', async () => {
    await leaveLock({ place: 'another container' }, 4_000);
    expect(await timed(open)).toBeGreaterThan(500);
    await opened[0]?.close();
    await leaveLock({ place: 'another container' }, 60_000);
    expect(await timed(open)).toBeLessThan(atOnceMs);
  });

  test('of a process that runs where we cannot look is kept while its heart beats', async () => {
    await leaveLock({ place: 'another container', pid: 7, host: 'posthorn-1' }, -60_000);
    expect(await refusal()).toContain('(pid 7 on posthorn-1)');
  });

  test('that is taken away is reported, and what another put there is left alone', async () => {
    const lost = await new Promise<string>((resolve) => {
      open({ onLost: resolve }).then(() => leaveLock({ pid: 7 }, 60_000));
    });
    expect(lost).toContain('was removed or taken over by another process');
    await opened[0]?.close();
    expect(await readdir(path)).toEqual(['lock', 'lock-holder.json']);
  });
});

describe('the life of a process', () => {
  test('is told of this one', () => {
    expect(lifeOf(ownIdentity())).toMatch(/^(running|ended)$/);
  });

  test.runIf(process.platform === 'linux')('is over when nobody has waited for it yet', async () => {
    const shell = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 30'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(shell);
    const [pid] = await once(createInterface(shell.stdout), 'line');
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const startedAt = stat.split(' ')[21] ?? null;
    await vi.waitFor(() => expect(lifeOf({ ...ownIdentity(), pid: Number(pid), startedAt })).toBe('ended'));
  });

  test('is unknown of one in another place', () => {
    expect(lifeOf({ ...ownIdentity(), place: 'another container' })).toBe('unknown');
  });
});
