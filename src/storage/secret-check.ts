/** Whether the configured key is the one that this database's secrets were encrypted with; asked before anything is. */
import sql from 'sql-template-tag';
import { accept, type Result, refuse } from '../domain/result.ts';
import { type SecretBox, sealPrefix } from '../domain/secret-box.ts';
import type { Database } from './database.ts';

const name = 'secret-check';
const known = 'posthorn';

/** Stores a sealed word in a new database, and refuses when that of an old one cannot be opened. Then it changes nothing. */
export async function checkSecretKey(db: Database, box: SecretBox): Promise<Result<null, string>> {
  await db.query(
    sql`insert into settings (name, value) values (${name}, ${box.seal(known, name)}) on conflict (name) do nothing`,
  );
  const [row] = await db.query<{ value: string }>(sql`select value from settings where name = ${name}`);
  const opened = box.open(row?.value ?? '', name);
  if (opened.ok && opened.value === known) {
    // Sealed with the first key, it will no longer let a process start that has only the older ones.
    if (!row?.value.startsWith(sealPrefix(box))) {
      await db.query(
        sql`update settings set value = ${box.seal(known, name)} where name = ${name} and value = ${row?.value}`,
      );
    }
    return accept(null);
  }
  return refuse(
    'POSTHORN_SECRET_KEY is not the key that this database was written with, so its signing secrets cannot be read. ' +
      'Start with the former key; to change keys, give both as new,old. Nothing was changed',
  );
}
