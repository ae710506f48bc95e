/** Brings an open database to what this version serves. Part of store.ts and embedded-store.ts. */
import { accept, type Result, refuse } from './domain/result.ts';
import type { SecretBox } from './domain/secret-box.ts';
import type { Database } from './storage/database.ts';
import { migrate } from './storage/migrations.ts';
import { createPartitions } from './storage/partitions.ts';
import { resealSecrets } from './storage/reseal.ts';
import { checkSecretKey } from './storage/secret-check.ts';

/** Refused with a sentence when it belongs to a newer version or to another secret key. */
export async function prepareDatabase(db: Database, secretBox: SecretBox): Promise<Result<null, string>> {
  const migrated = await migrate(db);
  if (!migrated.ok) return migrated;
  const checked = await checkSecretKey(db, secretBox);
  if (!checked.ok) return checked;
  const { ofUnknownKeys } = await resealSecrets(db, secretBox);
  if (ofUnknownKeys > 0) {
    return refuse(
      `${ofUnknownKeys} webhooks have a signing secret that was sealed with a key which is not in POSTHORN_SECRET_KEY: ` +
        'their deliveries could not be signed. Add the former key to the end of the list',
    );
  }
  await createPartitions(db);
  return accept(null);
}
