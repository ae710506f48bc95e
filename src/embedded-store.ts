/** The store of the embedded mode: a data directory, the database in it, and the accounts that it begins with. */

import { existsSync } from 'node:fs';
import type { Config } from './config.ts';
import { newApiKey } from './domain/api-key.ts';
import { newId } from './domain/identifier.ts';
import { accept, type Result, refuse } from './domain/result.ts';
import { type EmbeddedKeys, readEmbeddedKeys } from './embedded-keys.ts';
import { prepareDatabase } from './prepared-database.ts';
import { type DataDirectory, type FirstRunKeys, openDataDirectory } from './storage/data-directory.ts';
import { type Database, DatabaseUnavailable } from './storage/database.ts';
import { DiskFull, diskFullAdvice, isDiskFull } from './storage/disk-full.ts';
import { checkEmbedded, damaged } from './storage/embedded-check.ts';
import { fileProblem } from './storage/file-problem.ts';
import { begin, isBegun } from './storage/first-run.ts';
import { releaseAllLeases } from './storage/leases.ts';
import { openEmbedded } from './storage/pglite.ts';
import type { OpenStore, Surroundings } from './store.ts';

/** The error is a sentence that says what to do. */
export async function openEmbeddedStore(
  config: Config,
  surroundings: Surroundings,
): Promise<Result<OpenStore, string>> {
  const opened = await openDataDirectory(config.dataDir);
  if (!opened.ok) return opened;
  const directory = opened.value;
  try {
    const store = await openIn(directory, config, surroundings);
    if (!store.ok) await directory.close();
    return store;
  } catch (error) {
    await directory.close();
    const reason = fileProblem(error);
    if (reason === null) throw error;
    const advice = isDiskFull(error) ? ` ${diskFullAdvice}.` : '';
    return refuse(`The data directory ${directory.path} cannot be written: ${reason}.${advice}`);
  }
}

async function openIn(
  directory: DataDirectory,
  config: Config,
  surroundings: Surroundings,
): Promise<Result<OpenStore, string>> {
  const state = await checkEmbedded(directory.databasePath);
  if (!state.ok) return state;
  // Before the database: one that exists without its secret key has lost it.
  const keys = await readEmbeddedKeys(directory, state.value, config, surroundings.random.bytes);
  if (!keys.ok) return keys;
  if (state.value === 'absent') {
    surroundings.notify(
      `Preparing the embedded database in ${config.dataDir} (the first start takes longer) …`,
    );
  }
  let db: Database | null = null;
  try {
    db = await openEmbedded(directory.databasePath);
    const store = await prepare(directory, db, keys.value, surroundings);
    if (!store.ok) await db.close();
    return store;
  } catch (error) {
    await db?.close();
    const cause = error instanceof DatabaseUnavailable ? error.cause : error;
    if (cause instanceof DiskFull) return refuse(`${cause.message}.`);
    return refuse(`The embedded database in ${directory.databasePath} ${damaged(reasonOf(error))}`);
  }
}

async function prepare(
  directory: DataDirectory,
  db: Database,
  { platformKey, secretBox }: EmbeddedKeys,
  { clock, random }: Surroundings,
): Promise<Result<OpenStore, string>> {
  const prepared = await prepareDatabase(db, secretBox);
  if (!prepared.ok) return prepared;
  // The directory is locked: whoever held these leases is gone.
  await releaseAllLeases(db);
  const firstRunKeys = (await isBegun(db))
    ? null
    : await beginWith(db, directory, platformKey, { clock, random });
  return accept({
    db,
    secretBox,
    platformKey,
    firstRunKeys,
    keysFile: existsSync(directory.keysFile) ? directory.keysFile : null,
    async close() {
      await db.close();
      await directory.close();
    },
  });
}

async function beginWith(
  db: Database,
  directory: DataDirectory,
  platformKey: string,
  { clock, random }: Pick<Surroundings, 'clock' | 'random'>,
): Promise<FirstRunKeys> {
  const account = (name: string) => ({
    id: newId(clock.now()),
    name,
    apiKey: newApiKey(random.bytes(32)),
    apiKeyId: newId(clock.now()),
  });
  const [organization, profile] = [account('My organization'), account('My profile')];
  // A first start that was interrupted between the file and the database left keys: they become the ones of this.
  const written = await directory.readKeys();
  const keys = written ?? {
    platformKey,
    organizationKey: organization.apiKey,
    profileId: profile.id,
    profileKey: profile.apiKey,
  };
  if (written === null) await directory.writeKeys(keys);
  await begin(
    db,
    { ...organization, apiKey: keys.organizationKey },
    { ...profile, id: keys.profileId, apiKey: keys.profileKey },
  );
  return keys;
}

/** The engine also throws what is no error, and errors that say nothing. */
function reasonOf(error: unknown): string {
  if (error instanceof Error) {
    const isMute = /^Aborted\(|failed to initialize/.test(error.message);
    return isMute ? 'the database engine gave up on it' : error.message.replace(/\.$/, '');
  }
  const said = typeof error === 'object' && error !== null && 'code' in error ? error.code : error;
  return `the database engine stopped with ${String(said)}`;
}
