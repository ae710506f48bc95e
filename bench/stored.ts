/** What the database of a deployment holds. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';

export interface Stored {
  /** Deliveries that are not finished, and the bytes of their table; null where nobody can look into the database. */
  readonly queued: number | null;
  readonly queueBytes: number | null;
  readonly databaseBytes: number;
}

export async function storedOnServer(client: pg.Client): Promise<Stored> {
  const { rows } = await client.query<Record<keyof Stored, string>>(`
    select (select count(*) from posthorn.pending_deliveries) as queued,
           pg_total_relation_size('posthorn.pending_deliveries') as "queueBytes",
           pg_database_size(current_database()) as "databaseBytes"`);
  const [row] = rows;
  if (row === undefined) throw new Error('the database does not say what it holds');
  return {
    queued: Number(row.queued),
    queueBytes: Number(row.queueBytes),
    databaseBytes: Number(row.databaseBytes),
  };
}

export async function storedInDirectory(directory: string): Promise<Stored> {
  return { queued: null, queueBytes: null, databaseBytes: await bytesOf(directory) };
}

async function bytesOf(directory: string): Promise<number> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  const sizes = entries
    .filter((entry) => entry.isFile())
    // Files come and go while they are looked at.
    .map((entry) =>
      stat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
