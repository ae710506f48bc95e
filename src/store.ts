/**
 * Opens what the service keeps: the database of its configuration, brought to this version's schema and checked against
 * the secret key, and the keys, which the embedded mode makes for itself. Part of service.ts, which alone imports it.
 */
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { newApiKey, newPlatformKey } from './domain/api-key.ts';
import { newId } from './domain/identifier.ts';
import { accept, type Result, refuse } from './domain/result.ts';
import { createSecretBox, type SecretBox } from './domain/secret-box.ts';
import { releaseAllLeases } from './storage/claims.ts';
import { type DataDirectory, type FirstRunKeys, openDataDirectory } from './storage/data-directory.ts';
import { type Database, DatabaseUnavailable } from './storage/database.ts';
import { begin, isBegun } from './storage/first-run.ts';
import { migrate } from './storage/migrations.ts';
import { createPartitions } from './storage/partitions.ts';
import { openEmbedded } from './storage/pglite.ts';
import { openPostgres } from './storage/postgres.ts';
import { resealSecrets } from './storage/reseal.ts';
import { checkSecretKey } from './storage/secret-check.ts';

export interface OpenStore {
  readonly db: Database;
  readonly secretBox: SecretBox;
  readonly platformKey: string;
  readonly firstRunKeys: FirstRunKeys | null;
  readonly keysFile: string | null;
  close(): Promise<void>;
}

export interface Surroundings {
  readonly log: Logger;
  readonly clock: { now(): number };
  readonly random: { bytes(size: number): Buffer };
}

const connectionsMax = 10;
const reconnectPauseMs = { first: 250, max: 5000 };

export function openStore(config: Config, surroundings: Surroundings): Promise<Result<OpenStore, string>> {
  return config.databaseUrl === null
    ? openEmbeddedStore(config, surroundings)
    : openServerStore(config, config.databaseUrl, surroundings);
}

async function openServerStore(
  config: Config,
  url: string,
  { log, random }: Surroundings,
): Promise<Result<OpenStore, string>> {
  const { platformKey, secretKeys } = config;
  if (platformKey === null || secretKeys === null) {
    return refuse('POSTHORN_PLATFORM_KEY and POSTHORN_SECRET_KEY are required with DATABASE_URL');
  }
  const db = openPostgres({
    url,
    connectionsMax,
    onTrouble: (error) => log.warn({ err: error }, 'lost a connection to the database'),
  });
  const secretBox = createSecretBox(secretKeys, random.bytes);
  const prepared = await untilAvailable(() => prepare(db, secretBox), log);
  if (!prepared.ok) {
    await db.close();
    return prepared;
  }
  return accept({ db, secretBox, platformKey, firstRunKeys: null, keysFile: null, close: db.close });
}

/** A database that is away is waited for: it may start after this process. */
async function untilAvailable<Answer>(
  work: () => Promise<Result<Answer, string>>,
  log: Logger,
): Promise<Result<Answer, string>> {
  for (let failures = 0; ; failures++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) {
        return refuse(`The database of DATABASE_URL cannot be used: ${messageOf(error)}`);
      }
      log.warn({ err: error }, 'waiting for the database');
      const pauseMs = Math.min(reconnectPauseMs.max, reconnectPauseMs.first * 2 ** failures);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

async function openEmbeddedStore(
  config: Config,
  surroundings: Surroundings,
): Promise<Result<OpenStore, string>> {
  const opened = await openDataDirectory(config.dataDir);
  if (!opened.ok) return opened;
  const directory = opened.value;
  let db: Database | null = null;
  try {
    db = await openEmbedded(directory.databasePath);
    const store = await prepareEmbedded(config, directory, db, surroundings);
    if (store.ok) return store;
    await db.close();
    await directory.close();
    return store;
  } catch (error) {
    await db?.close();
    await directory.close();
    return refuse(
      `The embedded database in ${directory.databasePath} cannot be opened: ${messageOf(error)}. Nothing was changed. ` +
        'Start the version of Posthorn that wrote it, restore the directory from a backup, or begin a new one with POSTHORN_DATA_DIR',
    );
  }
}

async function prepareEmbedded(
  config: Config,
  directory: DataDirectory,
  db: Database,
  { clock, random }: Surroundings,
): Promise<Result<OpenStore, string>> {
  const platformKey =
    config.platformKey ??
    (await directory.readOrCreateKey('platform.key', () => newPlatformKey(random.bytes(32))));
  const secretKeys = config.secretKeys ?? [
    Buffer.from(
      await directory.readOrCreateKey('secret.key', () => random.bytes(32).toString('base64')),
      'base64',
    ),
  ];
  const secretBox = createSecretBox(secretKeys, random.bytes);
  const prepared = await prepare(db, secretBox);
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
    keysFile: directory.keysFile,
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

async function prepare(db: Database, secretBox: SecretBox): Promise<Result<null, string>> {
  const migrated = await migrate(db);
  if (!migrated.ok) return migrated;
  const checked = await checkSecretKey(db, secretBox);
  if (!checked.ok) return checked;
  await resealSecrets(db, secretBox);
  await createPartitions(db);
  return accept(null);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
