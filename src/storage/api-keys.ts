/** API keys: only their hashes are here. A revoked key is a deleted row. */
import sql from 'sql-template-tag';
import type { Account } from '../domain/account.ts';
import { accountOf } from './accounts.ts';
import type { Queryable } from './database.ts';

export interface ApiKey {
  readonly id: string;
  readonly accountId: string;
  readonly name: string | null;
  /** The first characters of the key. */
  readonly prefix: string;
  readonly expiresAt: Date | null;
  readonly createdAt: Date;
}

interface ApiKeyRow {
  id: string;
  account_id: string;
  name: string | null;
  prefix: string;
  expires_at: Date | null;
  created_at: Date;
}

const columns = sql`id, account_id, name, prefix, expires_at, created_at`;

function apiKeyOf(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    accountId: row.account_id,
    name: row.name,
    prefix: row.prefix,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
  };
}

export async function insertApiKey(
  db: Queryable,
  accountId: string,
  key: Pick<ApiKey, 'id' | 'name' | 'prefix' | 'expiresAt'> & { readonly keyHash: string },
): Promise<ApiKey> {
  const [row] = await db.query<ApiKeyRow>(sql`
    insert into api_keys (id, account_id, name, prefix, key_hash, expires_at)
    values (${key.id}, ${accountId}, ${key.name}, ${key.prefix}, ${key.keyHash}, ${key.expiresAt})
    returning ${columns}`);
  if (row === undefined) throw new Error('the inserted API key was not returned');
  return apiKeyOf(row);
}

/** The account a key opens; null when the key is unknown, revoked or expired. */
export async function findAccountByKeyHash(db: Queryable, keyHash: string): Promise<Account | null> {
  const [row] = await db.query<Parameters<typeof accountOf>[0]>(sql`
    select a.id, a.type, a.organization_id, a.name, a.email, a.status, a.created_at, a.updated_at
    from api_keys k join accounts a on a.id = k.account_id
    where k.key_hash = ${keyHash} and (k.expires_at is null or k.expires_at > clock_now())`);
  return row === undefined ? null : accountOf(row);
}

/** Oldest first. */
export async function listApiKeys(db: Queryable, accountId: string): Promise<ApiKey[]> {
  const rows = await db.query<ApiKeyRow>(
    sql`select ${columns} from api_keys where account_id = ${accountId} order by id`,
  );
  return rows.map(apiKeyOf);
}

export async function deleteApiKey(db: Queryable, accountId: string, keyId: string): Promise<boolean> {
  const rows = await db.query(
    sql`delete from api_keys where account_id = ${accountId} and id = ${keyId} returning id`,
  );
  return rows.length > 0;
}
