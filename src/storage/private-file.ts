/** Writes files that only this user may read, each whole or not at all. */
import { open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** After it returns, the file survives a power cut; before, the earlier one or none is there, never a part. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  // One left behind by a crash could have another mode.
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** What killed processes were writing. Only for whoever knows that nobody writes there now: it may hold a key. */
export async function removeUnfinished(directory: string): Promise<void> {
  const files = await readdir(directory);
  const unfinished = files.filter((file) => /\.\d+\.tmp$/.test(file));
  await Promise.all(unfinished.map((file) => rm(join(directory, file), { force: true })));
}

async function syncDirectory(path: string): Promise<void> {
  // Windows cannot open a directory, and does not need it.
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
