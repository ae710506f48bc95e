/** Notes the statements that a database is given: two requests that cost the same ones cannot be told apart by what they cost. */
import type { Database, Queryable } from '../../src/storage/database.ts';

export function recordStatements(db: Database): string[] {
  const texts: string[] = [];
  const { query, transaction } = db;
  const noting = ({ query, execute }: Queryable): Queryable => ({
    execute,
    query(statement, name) {
      texts.push(statement.text);
      return query(statement, name);
    },
  });
  const noted: Pick<Database, 'query' | 'transaction'> = {
    query: noting({ query, execute: db.execute }).query,
    transaction: (work) => transaction((inner) => work(noting(inner))),
  };
  Object.assign(db, noted);
  return texts;
}
