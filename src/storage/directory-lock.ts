/**
 * Keeps a directory to one process. Promises that a second process is refused while the first one lives, and that
 * a holder which died is replaced: at once where its death can be seen, elsewhere (a container that is gone, a
 * shared file system) when its heartbeat has been missing for five seconds.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import lockfile from 'proper-lockfile';
import { accept, type Result, refuse } from '../domain/result.ts';
import { writePrivateFile } from './private-file.ts';
import { type Life, lifeOf, ownIdentity, type ProcessIdentity, parseIdentity } from './process-identity.ts';

const heartbeatMs = 1_000;
const staleMs = 5_000;
const retryMs = 250;
/** Over all a little more than a heartbeat can be away, its timestamp being up to a second ahead. */
const attemptsMax = 28;
/** Far more than a process needs between taking the lock and writing its identity. */
const settleMs = 100;

export interface DirectoryLock {
  release(): Promise<void>;
}

interface Paths {
  readonly directory: string;
  readonly lock: string;
  readonly holder: string;
  readonly takeover: string;
}

/** Without it, a system that does not tell when a process started could not tell its own lock from an old one. */
const heldByThisProcess = new Map<string, DirectoryLock>();

/**
 * Locks a directory that exists, given by its real path. The error is a sentence that names the holder.
 * `onLost` is called when the lock was lost nevertheless: stop using the directory at once.
 */
export async function lockDirectory(
  directory: string,
  onLost: () => void,
): Promise<Result<DirectoryLock, string>> {
  const paths = {
    directory,
    lock: join(directory, 'lock'),
    holder: join(directory, 'lock-holder.json'),
    takeover: join(directory, 'lock-takeover'),
  };
  const onCompromised = () => {
    // What is there now belongs to another: releasing must not remove it.
    heldByThisProcess.delete(directory);
    onLost();
  };
  for (let attempt = 1; ; attempt++) {
    // Only takeOver may break this lock: the library breaks a stale one without asking who else is doing so.
    const release = await tryLock(paths.lock, Number.POSITIVE_INFINITY, onCompromised);
    if (release !== null) return accept(await hold(paths, release));
    if (await takeOver(paths)) continue;
    const { holder, life } = await findHolder(paths);
    const isOver = life === 'running' || life === 'looks-running' || attempt === attemptsMax;
    if (isOver) return refuse(inUse(directory, holder));
    await pause(retryMs);
  }
}

async function hold(paths: Paths, release: () => Promise<void>): Promise<DirectoryLock> {
  const lock: DirectoryLock = {
    async release() {
      if (heldByThisProcess.get(paths.directory) !== lock) return;
      heldByThisProcess.delete(paths.directory);
      // In this order: while the lock exists, a holder's identity beside it must not be that of an earlier one.
      await rm(paths.holder, { force: true });
      await release();
    },
  };
  heldByThisProcess.set(paths.directory, lock);
  try {
    await writePrivateFile(paths.holder, JSON.stringify(ownIdentity()));
  } catch (error) {
    await lock.release();
    throw error;
  }
  return lock;
}

/** Null when another has it. */
async function tryLock(
  path: string,
  stale: number,
  onCompromised: () => void,
): Promise<(() => Promise<void>) | null> {
  try {
    return await lockfile.lock(path, {
      lockfilePath: path,
      realpath: false,
      stale,
      update: heartbeatMs,
      onCompromised,
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ELOCKED') return null;
    throw error;
  }
}

/** Removes the lock of a holder that is gone, one process at a time; says whether it did. */
async function takeOver(paths: Paths): Promise<boolean> {
  if (!(await isAbandoned(paths))) return false;
  const release = await tryLock(paths.takeover, staleMs, () => {});
  if (release === null) return false;
  try {
    // A process that has just taken the lock may not have written its identity over an older one yet.
    await pause(settleMs);
    if (!(await isAbandoned(paths))) return false;
    await rm(paths.holder, { force: true });
    await rm(paths.lock, { recursive: true, force: true });
    return true;
  } finally {
    await release();
  }
}

async function isAbandoned(paths: Paths): Promise<boolean> {
  const { life } = await findHolder(paths);
  if (life === 'ended') return true;
  if (life === 'running') return false;
  const isFresh = await lockfile.check(paths.lock, {
    lockfilePath: paths.lock,
    realpath: false,
    stale: staleMs,
  });
  return !isFresh;
}

interface Holder {
  readonly holder: ProcessIdentity | null;
  readonly life: Life;
}

async function findHolder(paths: Paths): Promise<Holder> {
  if (heldByThisProcess.has(paths.directory)) return { holder: ownIdentity(), life: 'running' };
  // Unreadable is as good as absent: then only the heartbeat tells.
  const text = await readFile(paths.holder, 'utf8').catch(() => '');
  const holder = parseIdentity(text);
  return { holder, life: holder === null ? 'unknown' : lifeOf(holder) };
}

function inUse(directory: string, holder: ProcessIdentity | null): string {
  const who = holder === null ? '' : ` (pid ${holder.pid} on ${holder.host})`;
  return (
    `The data directory ${directory} is in use by another Posthorn process${who}. ` +
    'Stop that process, or set POSTHORN_DATA_DIR to another directory.'
  );
}
