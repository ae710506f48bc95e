/** What an operator or a failing network does to the connections of one database on the server. */
import pg from 'pg';

export interface PostgresAdmin {
  /** Ends every other connection to the database. @returns how many there were */
  terminateAll(): Promise<number>;
  /** What the other connections to the database are doing. */
  activity(): Promise<{ pid: number; query: string; state: string }[]>;
  close(): Promise<void>;
}

export async function connectAdmin(databaseUrl: string): Promise<PostgresAdmin> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const others = 'from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()';
  return {
    async terminateAll() {
      const { rowCount } = await client.query(`select pg_terminate_backend(pid) ${others}`);
      return rowCount ?? 0;
    },
    async activity() {
      return (await client.query(`select pid, query, state ${others}`)).rows;
    },
    close: () => client.end(),
  };
}
