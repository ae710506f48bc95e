import type { Command } from 'commander';
import { readDatabaseUrl } from '../config.ts';
import { migrate } from '../storage/migrations.ts';
import { openPostgres } from '../storage/postgres.ts';
import { problemList } from './checked-config.ts';
import { exitCodes } from './exit-codes.ts';

export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description('Bring the schema of DATABASE_URL to this version')
    .action(migrateDatabase);
}

const embeddedSentence = 'DATABASE_URL is not set. The embedded database is migrated when Posthorn starts.\n';

async function migrateDatabase(): Promise<void> {
  const url = readDatabaseUrl();
  if (!url.ok) return fail(problemList(url.error), exitCodes.usage);
  if (url.value === null) {
    return fail(embeddedSentence, exitCodes.usage);
  }
  // A lost connection also fails the statement that was running, which is where it is reported.
  const db = openPostgres({ url: url.value, connectionsMax: 1, onTrouble: () => {} });
  try {
    const migrated = await migrate(db);
    if (!migrated.ok) return fail(`Nothing was migrated: ${migrated.error}.\n`, exitCodes.failed);
    const { from, to } = migrated.value;
    const done = from === to ? `is at version ${to} already` : `was migrated from version ${from} to ${to}`;
    process.stdout.write(`The schema ${done}.\n`);
  } catch (error) {
    // What the server itself refuses, such as a password, is for whoever set it; an outage is explained elsewhere.
    if (!(error instanceof Error && 'severity' in error)) throw error;
    fail(`The database of DATABASE_URL cannot be used: ${error.message}.\n`, exitCodes.failed);
  } finally {
    await db.close();
  }
}

function fail(text: string, exitCode: number): void {
  process.stderr.write(text);
  process.exitCode = exitCode;
}
