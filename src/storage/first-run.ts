/**
 * The organization and profile that the embedded mode begins with, so that its user can make a first request. Made
 * once in the life of a database; whoever deletes them later does not get them back.
 */
import sql from 'sql-template-tag';
import { apiKeyPrefix, hashApiKey } from '../domain/api-key.ts';
import type { Database } from './database.ts';

export interface FirstAccount {
  readonly id: string;
  readonly name: string;
  readonly apiKey: string;
  readonly apiKeyId: string;
}

const marker = 'first-run';

/** Whether this database was begun already. */
export async function isBegun(db: Database): Promise<boolean> {
  const rows = await db.query(sql`select from settings where name = ${marker}`);
  return rows.length > 0;
}

/** All in one transaction: an interrupted first start leaves nothing and is begun again. */
export async function begin(db: Database, organization: FirstAccount, profile: FirstAccount): Promise<void> {
  await db.transaction(async (transaction) => {
    await transaction.query(sql`
      insert into accounts (id, type, organization_id, name)
      values (${organization.id}, 'organization', null, ${organization.name}),
             (${profile.id}, 'profile', ${organization.id}, ${profile.name})`);
    for (const account of [organization, profile]) {
      await transaction.query(sql`
        insert into api_keys (id, account_id, name, prefix, key_hash)
        values (${account.apiKeyId}, ${account.id}, 'first key', ${apiKeyPrefix(account.apiKey)},
                ${hashApiKey(account.apiKey)})`);
    }
    await transaction.query(sql`insert into settings (name, value) values (${marker}, 'done')`);
  });
}
