/** Whether the database answers. */
import sql from 'sql-template-tag';
import { type Database, DatabaseUnavailable } from './database.ts';

export async function ping(db: Database): Promise<boolean> {
  try {
    // By name: what is asked by name is given up early.
    await db.query(sql`select 1`, 'ping');
    return true;
  } catch (error) {
    if (error instanceof DatabaseUnavailable) return false;
    throw error;
  }
}
