/** Refuses a PostgreSQL that is older than the SQL of this service, before a statement of it fails for no visible reason. */
import sql from 'sql-template-tag';
import { accept, type Result, refuse } from '../domain/result.ts';
import type { Queryable } from './database.ts';

const oldestMajor = 15;

export async function checkServerVersion(db: Queryable): Promise<Result<null, string>> {
  const [server] = await db.query<{ number: number }>(
    sql`select current_setting('server_version_num')::int as number`,
  );
  return judgeServerVersion(server?.number ?? 0);
}

/** @param number as `server_version_num` has it: 140012 for 14.12. The error is a sentence without its full stop. */
export function judgeServerVersion(number: number): Result<null, string> {
  const major = Math.floor(number / 10_000);
  if (major >= oldestMajor) return accept(null);
  return refuse(
    `the database is PostgreSQL ${major}, and Posthorn needs ${oldestMajor} or newer. ` +
      'Upgrade the server, or set DATABASE_URL to another one',
  );
}
