import type { Command } from 'commander';
import { migrate } from '../storage/migrations.ts';
import { openPostgres } from '../storage/postgres.ts';
import { checkedConfig } from './checked-config.ts';
import { exitCodes } from './exit-codes.ts';

export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description('Bring the schema of DATABASE_URL to this version')
    .action(migrateDatabase);
}

async function migrateDatabase(): Promise<void> {
  const config = checkedConfig();
  if (config === null) return;
  if (config.databaseUrl === null) {
    process.stderr.write(
      'DATABASE_URL is not set. The embedded database is migrated when Posthorn starts.\n',
    );
    process.exitCode = exitCodes.usage;
    return;
  }
  // A lost connection also fails the statement that was running, which is where it is reported.
  const db = openPostgres({ url: config.databaseUrl, connectionsMax: 1, onTrouble: () => {} });
  try {
    const migrated = await migrate(db);
    if (!migrated.ok) {
      process.stderr.write(`Nothing was migrated: ${migrated.error}.\n`);
      process.exitCode = exitCodes.failed;
      return;
    }
    const { from, to } = migrated.value;
    const done = from === to ? `is at version ${to} already` : `was migrated from version ${from} to ${to}`;
    process.stdout.write(`The schema ${done}.\n`);
  } finally {
    await db.close();
  }
}
