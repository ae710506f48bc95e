/**
 * Owns the data directory: its lock, the embedded database's place in it, and the keys that were generated once.
 * Promises that one process uses it at a time, that only its user can read what it writes, and that a key which
 * exists is never overwritten.
 */
import { existsSync } from 'node:fs';
import { mkdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { accept, type Result, refuse } from '../domain/result.ts';
import { lockDirectory } from './directory-lock.ts';
import { diskFullAdvice, isDiskFull } from './disk-full.ts';
import { fileProblem, readIfThere } from './file-problem.ts';
import { removeUnfinished, writePrivateFile } from './private-file.ts';

/** The keys that the first start of the embedded mode makes, so that the first request works. */
export interface FirstRunKeys {
  readonly platformKey: string;
  readonly organizationKey: string;
  readonly profileId: string;
  readonly profileKey: string;
}

export interface DataDirectory {
  readonly path: string;
  readonly databasePath: string;
  readonly keysFile: string;
  /** The key kept under this name. The error says that its file is missing, empty or cannot be read. */
  readKey(name: string): Promise<Result<string, string>>;
  /** The same, but `make` makes it the first time. @throws when its file cannot be written. */
  readOrCreateKey(name: string, make: () => string): Promise<Result<string, string>>;
  /** Null before the first writeKeys. @throws when the file cannot be read or is damaged. */
  readKeys(): Promise<FirstRunKeys | null>;
  /** Writes keys.json, once. @throws when it is there already. */
  writeKeys(keys: FirstRunKeys): Promise<void>;
  close(): Promise<void>;
}

export interface DataDirectoryOptions {
  /** Called when another process took the directory over although this one lives; it must stop using it at once. */
  readonly onLost?: (sentence: string) => void;
}

/** Creates the directory where needed and locks it. The error is a sentence that says what to do. */
export async function openDataDirectory(
  path: string,
  options: DataDirectoryOptions = {},
): Promise<Result<DataDirectory, string>> {
  const onLost = options.onLost ?? throwSentence;
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const directory = await realpath(path);
    const lock = await lockDirectory(directory, () => onLost(lostSentence(directory)));
    if (!lock.ok) return lock;
    await removeUnfinished(directory).catch(async (error) => {
      await lock.value.release();
      throw error;
    });
    return accept(directoryAt(directory, lock.value.release));
  } catch (error) {
    const reason = fileProblem(error);
    if (reason === null) throw error;
    const advice = isDiskFull(error) ? diskFullAdvice : 'Give this user write access to it';
    return refuse(
      `The data directory ${resolve(path)} cannot be used: ${reason}. ` +
        `${advice}, or set POSTHORN_DATA_DIR to another directory.`,
    );
  }
}

function directoryAt(path: string, close: () => Promise<void>): DataDirectory {
  const keysFile = join(path, 'keys.json');
  return {
    path,
    databasePath: join(path, 'database'),
    keysFile,
    async readKey(name) {
      return readKeyFile(join(path, name));
    },
    async readOrCreateKey(name, make) {
      const file = join(path, name);
      if (existsSync(file)) return readKeyFile(file);
      return accept(await writeOnce(file, make()));
    },
    async readKeys() {
      const keys = await readFirstRunKeys(path);
      if (!keys.ok) throw new Error(keys.error);
      return keys.value;
    },
    async writeKeys(keys) {
      if ((await readIfThere(keysFile)) !== null)
        throw new Error(`The keys file ${keysFile} exists already.`);
      await writeOnce(keysFile, JSON.stringify(keys, null, 2));
    },
    close,
  };
}

async function readKeyFile(file: string): Promise<Result<string, string>> {
  try {
    const text = await readIfThere(file);
    if (text === null) return refuse(`The key file ${file} is missing`);
    const key = text.trim();
    return key === '' ? refuse(`The key file ${file} is empty`) : accept(key);
  } catch (error) {
    const reason = fileProblem(error);
    if (reason === null) throw error;
    return refuse(`The key file ${file} cannot be read: ${reason}`);
  }
}

/** Reads the first-run keys of a directory that may be in use; null when it has none. */
export async function readFirstRunKeys(path: string): Promise<Result<FirstRunKeys | null, string>> {
  const file = join(path, 'keys.json');
  try {
    const text = await readIfThere(file);
    if (text === null) return accept(null);
    const { platformKey, organizationKey, profileId, profileKey } = JSON.parse(text) ?? {};
    const keys = { platformKey, organizationKey, profileId, profileKey };
    if (Object.values(keys).every((key) => typeof key === 'string')) return accept(keys);
    return refuse(`The keys file ${file} is damaged. Restore it from a backup.`);
  } catch (error) {
    if (error instanceof SyntaxError)
      return refuse(`The keys file ${file} is damaged. Restore it from a backup.`);
    const reason = fileProblem(error);
    if (reason === null) throw error;
    return refuse(
      `The keys file ${file} cannot be read: ${reason}. Run this as the user that runs Posthorn.`,
    );
  }
}

/** Its caller has seen, under the directory's lock, that the file is not there. */
async function writeOnce(file: string, text: string): Promise<string> {
  await writePrivateFile(file, `${text}\n`);
  return text;
}

function lostSentence(directory: string): string {
  return (
    `The data directory ${directory} was removed or taken over by another process while this one used it. ` +
    'This process must end; make sure that only one uses the directory, then start it again.'
  );
}

function throwSentence(sentence: string): never {
  throw new Error(sentence);
}
