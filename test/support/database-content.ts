/** Every row of every table, to see whether anything at all was changed. */
import sql, { raw } from 'sql-template-tag';
import type { Queryable } from '../../src/storage/database.ts';

export async function contentOf(db: Queryable): Promise<ReadonlyMap<string, readonly string[]>> {
  const tables = await db.query<{ name: string }>(sql`
    select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
    order by 1`);
  const content = new Map<string, readonly string[]>();
  for (const { name } of tables) {
    const rows = await db.query<{ row: string }>(sql`select t::text as row from ${raw(name)} t order by 1`);
    content.set(
      name,
      rows.map(({ row }) => row),
    );
  }
  return content;
}
