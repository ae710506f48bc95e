/** Accounts as rows. Deleting one takes its profiles, keys and webhooks along and asks for its log to be erased. */
import sql from 'sql-template-tag';
import type { Account, AccountChange, AccountStatus, AccountType, NewAccount } from '../domain/account.ts';
import type { Queryable } from './database.ts';
import { type Page, type Paged, paged } from './page.ts';

interface AccountRow {
  id: string;
  type: AccountType;
  organization_id: string | null;
  name: string;
  email: string | null;
  status: AccountStatus;
  created_at: Date;
  updated_at: Date | null;
}

const columns = sql`id, type, organization_id, name, email, status, created_at, updated_at`;

export function accountOf(row: AccountRow): Account {
  return {
    id: row.id,
    type: row.type,
    organizationId: row.organization_id,
    name: row.name,
    email: row.email,
    status: row.status,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export async function insertAccount(db: Queryable, id: string, account: NewAccount): Promise<Account> {
  const rows = await db.query<AccountRow>(sql`
    insert into accounts (id, type, organization_id, name, email)
    values (${id}, ${account.type}, ${account.organizationId}, ${account.name}, ${account.email})
    returning ${columns}`);
  return one(rows);
}

export async function findAccount(db: Queryable, id: string): Promise<Account | null> {
  const [row] = await db.query<AccountRow>(sql`select ${columns} from accounts where id = ${id}`);
  return row === undefined ? null : accountOf(row);
}

export interface AccountQuery extends Page {
  /** Part of the name, whatever its case, or the whole id; null: all. */
  readonly search: string | null;
  readonly type: AccountType | null;
  readonly organizationId: string | null;
}

/** Newest first. */
export async function listAccounts(db: Queryable, query: AccountQuery): Promise<Paged<Account>> {
  const { search, type, organizationId } = query;
  const found = sql`
    from accounts
    where (${search}::text is null
        or strpos(lower(name), lower(${search})) > 0
        or id::text = lower(${search}))
      and (${type}::text is null or type = ${type})
      and (${organizationId}::uuid is null or organization_id = ${organizationId})`;
  return paged(
    db,
    {
      rows: sql`select ${columns} ${found} order by id desc`,
      count: sql`select count(*)::int as total ${found}`,
    },
    query,
    accountOf,
  );
}

/** An organization's profiles, oldest first. */
export async function listProfiles(db: Queryable, organizationId: string): Promise<Account[]> {
  const rows = await db.query<AccountRow>(
    sql`select ${columns} from accounts where organization_id = ${organizationId} order by id`,
  );
  return rows.map(accountOf);
}

export async function updateAccount(
  db: Queryable,
  id: string,
  change: AccountChange,
): Promise<Account | null> {
  const rows = await db.query<AccountRow>(sql`
    update accounts set
      name = coalesce(${change.name ?? null}, name),
      email = case when ${change.email !== undefined}::boolean then ${change.email ?? null} else email end,
      status = coalesce(${change.status ?? null}, status),
      updated_at = clock_now()
    where id = ${id}
    returning ${columns}`);
  const [row] = rows;
  return row === undefined ? null : accountOf(row);
}

export async function deleteAccount(db: Queryable, id: string): Promise<boolean> {
  const rows = await db.query(sql`
    with doomed as (select id from accounts where id = ${id} or organization_id = ${id}),
    erase as (
      insert into erasures (subject, id)
      select 'account', id from doomed
      union all
      select 'webhook', id from webhooks where account_id in (select id from doomed)
      on conflict do nothing
    )
    delete from accounts where id = ${id} returning id`);
  return rows.length > 0;
}

/** Which of these accounts exist; for publishing, which names accounts by id. */
export async function findExistingAccountIds(db: Queryable, ids: readonly string[]): Promise<Set<string>> {
  const rows = await db.query<{ id: string }>(sql`select id from accounts where id = any(${ids}::uuid[])`);
  return new Set(rows.map(({ id }) => id));
}

function one(rows: readonly AccountRow[]): Account {
  const [row] = rows;
  if (row === undefined) throw new Error('the inserted account was not returned');
  return accountOf(row);
}
