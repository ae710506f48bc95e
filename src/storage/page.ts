/** One page of a list together with the size of the whole. */
import sql, { type Sql } from 'sql-template-tag';
import type { Queryable } from './database.ts';

export interface Page {
  /** 1-based. */
  readonly page: number;
  readonly pageSize: number;
}

export interface Paged<Item> {
  readonly items: Item[];
  readonly total: number;
}

/** `rows` without limit; `count` gives one row with an integer `total`. */
export async function paged<Row, Item>(
  db: Queryable,
  select: { readonly rows: Sql; readonly count: Sql },
  { page, pageSize }: Page,
  itemOf: (row: Row) => Item,
): Promise<Paged<Item>> {
  const [counted] = await db.query<{ total: number }>(select.count);
  const total = counted?.total ?? 0;
  const offset = (page - 1) * pageSize;
  if (offset >= total) return { items: [], total };
  const rows = await db.query<Row>(sql`${select.rows} limit ${pageSize} offset ${offset}`);
  return { items: rows.map(itemOf), total };
}
