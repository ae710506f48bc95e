/** The store of the embedded mode: a data directory, the keys that it makes for itself, and the database in it. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { encryptionKey } from './config/parsers.ts';
import type { Config } from './config.ts';
import { newApiKey, newPlatformKey } from './domain/api-key.ts';
import { newId } from './domain/identifier.ts';
import { accept, type Result, refuse } from './domain/result.ts';
import { createSecretBox, type SecretBox } from './domain/secret-box.ts';
import { prepareDatabase } from './prepared-database.ts';
import { releaseAllLeases } from './storage/claims.ts';
import { type DataDirectory, type FirstRunKeys, openDataDirectory } from './storage/data-directory.ts';
import type { Database } from './storage/database.ts';
import { checkEmbedded, type DirectoryState, damaged } from './storage/embedded-check.ts';
import { begin, isBegun } from './storage/first-run.ts';
import { openEmbedded } from './storage/pglite.ts';
import type { OpenStore, Surroundings } from './store.ts';

interface Keys {
  readonly platformKey: string;
  readonly secretBox: SecretBox;
}

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
    throw error;
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
  const keys = await readKeys(directory, state.value, config, surroundings.random.bytes);
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
    return refuse(`The embedded database in ${directory.databasePath} ${damaged(reasonOf(error))}`);
  }
}

async function readKeys(
  directory: DataDirectory,
  database: DirectoryState,
  config: Config,
  randomBytes: (size: number) => Buffer,
): Promise<Result<Keys, string>> {
  const platformKey =
    config.platformKey === null
      ? await directory.readOrCreateKey('platform.key', () => newPlatformKey(randomBytes(32)))
      : accept(config.platformKey);
  if (!platformKey.ok) return lostKey(platformKey.error, 'POSTHORN_PLATFORM_KEY');
  if (config.secretKeys !== null) {
    return accept({
      platformKey: platformKey.value,
      secretBox: createSecretBox(config.secretKeys, randomBytes),
    });
  }
  const secretKey =
    database === 'absent'
      ? await directory.readOrCreateKey('secret.key', () => randomBytes(32).toString('base64'))
      : await directory.readKey('secret.key');
  if (!secretKey.ok) return lostKey(secretKey.error, 'POSTHORN_SECRET_KEY');
  const parsed = encryptionKey.parse(secretKey.value);
  if (!parsed.ok) {
    const file = join(directory.path, 'secret.key');
    return lostKey(
      `The key file ${file} is damaged: it must hold ${encryptionKey.accepts}`,
      'POSTHORN_SECRET_KEY',
    );
  }
  return accept({
    platformKey: platformKey.value,
    secretBox: createSecretBox([parsed.value], randomBytes),
  });
}

function lostKey(problem: string, variable: string): Result<never, string> {
  return refuse(`${problem}. Restore it from a backup, or set ${variable} to the key.`);
}

async function prepare(
  directory: DataDirectory,
  db: Database,
  { platformKey, secretBox }: Keys,
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
