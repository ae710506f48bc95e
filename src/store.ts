/**
 * Opens what the service keeps: the database of its configuration, brought to this version's schema and checked against
 * the secret key, and the keys. Part of service.ts, which alone imports it; the embedded mode is in embedded-store.ts.
 */
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { accept, type Result, refuse } from './domain/result.ts';
import { createSecretBox, type SecretBox } from './domain/secret-box.ts';
import { openEmbeddedStore } from './embedded-store.ts';
import { prepareDatabase } from './prepared-database.ts';
import type { FirstRunKeys } from './storage/data-directory.ts';
import { type Database, DatabaseUnavailable } from './storage/database.ts';
import { openPostgres } from './storage/postgres.ts';

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
  /** Tells a person, in a sentence, what the start waits for. */
  readonly notify: (sentence: string) => void;
}

const connectionsMax = 6;
const reconnectPauseMs = { first: 250, max: 5000 };

export function openStore(config: Config, surroundings: Surroundings): Promise<Result<OpenStore, string>> {
  return config.databaseUrl === null
    ? openEmbeddedStore(config, surroundings)
    : openServerStore(config, config.databaseUrl, surroundings);
}

async function openServerStore(
  config: Config,
  url: string,
  { log, random, notify }: Surroundings,
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
  let told = false;
  const prepared = await untilAvailable(
    () => prepareDatabase(db, secretBox),
    (reason) => {
      if (!told) notify(`Waiting for the database at ${serverOf(url)} (${reason}). Check DATABASE_URL.`);
      told = true;
      log.warn({ reason }, 'waiting for the database');
    },
  );
  if (!prepared.ok) {
    await db.close();
    return prepared;
  }
  return accept({ db, secretBox, platformKey, firstRunKeys: null, keysFile: null, close: db.close });
}

/** A database that is away is waited for: it may start after this process. */
async function untilAvailable<Answer>(
  work: () => Promise<Result<Answer, string>>,
  onWaiting: (reason: string) => void,
): Promise<Result<Answer, string>> {
  for (let failures = 0; ; failures++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) {
        return refuse(`The database of DATABASE_URL cannot be used: ${messageOf(error)}`);
      }
      onWaiting(connectionProblem(error.cause));
      const pauseMs = Math.min(reconnectPauseMs.max, reconnectPauseMs.first * 2 ** failures);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

const connectionProblems: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ENOTFOUND: 'no such host',
  ETIMEDOUT: 'no answer',
};

function connectionProblem(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return connectionProblems[code] ?? messageOf(cause);
}

/** Host and port alone: the rest of the URL is nobody's business. */
function serverOf(url: string): string {
  const { host, searchParams } = new URL(url);
  return host || searchParams.get('host') || 'this machine';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
