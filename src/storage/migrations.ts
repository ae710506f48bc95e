/**
 * Brings the schema to this version: numbered files, forward only, all in one transaction under a lock, so that many
 * processes may start at once. A file whose first line is `-- breaking` ends the service of older versions.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sql from 'sql-template-tag';
import { accept, type Result, refuse } from '../domain/result.ts';
import type { Database, Queryable } from './database.ts';
import { checkServerVersion } from './server-version.ts';

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly script: string;
  readonly breaking: boolean;
}

export interface SchemaVersions {
  /** 0 for a new database. */
  readonly from: number;
  readonly to: number;
}

const directory = join(fileURLToPath(import.meta.url), '../../../migrations');
/** Any number; the same in every version. */
const lockKey = 7_678_468;

/** Refused with a sentence when the database belongs to a newer version that this one cannot serve, or its server is too old. */
export async function migrate(
  db: Database,
  migrations?: readonly Migration[],
): Promise<Result<SchemaVersions, string>> {
  const known = migrations ?? (await readMigrations());
  const server = await checkServerVersion(db);
  if (!server.ok) return server;
  return db.transaction(async (transaction) => {
    await transaction.query(sql`select pg_advisory_xact_lock(${lockKey})`);
    // Not "if not exists", which asks for the right to create one even when it is there.
    const [found] = await transaction.query(sql`select from pg_namespace where nspname = 'posthorn'`);
    if (found === undefined) await transaction.execute('create schema posthorn');
    await transaction.execute(`
      create table if not exists posthorn.migrations (
        version int primary key,
        name text not null,
        breaking boolean not null,
        applied_at timestamptz not null default now()
      );`);
    const applied = await transaction.query<{ version: number; breaking: boolean }>(
      sql`select version, breaking from posthorn.migrations order by version`,
    );
    return applyMissing(transaction, known, applied);
  });
}

async function applyMissing(
  transaction: Queryable,
  known: readonly Migration[],
  applied: readonly { version: number; breaking: boolean }[],
): Promise<Result<SchemaVersions, string>> {
  const newest = known.at(-1)?.version ?? 0;
  const from = applied.at(-1)?.version ?? 0;
  const refusing = applied.find(({ version, breaking }) => version > newest && breaking);
  if (refusing !== undefined) {
    return refuse(
      `the database is at schema version ${from} and this version of Posthorn knows ${newest}: ` +
        `version ${refusing.version} cannot be served by it. Start the newer version of Posthorn`,
    );
  }
  const done = new Set(applied.map(({ version }) => version));
  for (const migration of known.filter(({ version }) => !done.has(version))) {
    await transaction.execute(migration.script);
    await transaction.query(sql`
      insert into posthorn.migrations (version, name, breaking)
      values (${migration.version}, ${migration.name}, ${migration.breaking})`);
  }
  return accept({ from, to: Math.max(from, newest) });
}

export async function readMigrations(): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => /^\d{4}_\w+\.sql$/.test(file)).sort();
  return Promise.all(
    files.map(async (file) => {
      const script = await readFile(join(directory, file), 'utf8');
      return {
        version: Number(file.slice(0, 4)),
        name: file.slice(5, -4),
        script,
        breaking: script.startsWith('-- breaking'),
      };
    }),
  );
}
