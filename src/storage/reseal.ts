/**
 * Finishes a change of POSTHORN_SECRET_KEY: what was sealed with an older key of the list is sealed anew with the first,
 * so that the older one can be taken out of the list. Stored answers are left to expire: they live for a day.
 */
import sql from 'sql-template-tag';
import { type SecretBox, sealPrefix } from '../domain/secret-box.ts';
import type { Database } from './database.ts';

interface SealedRow {
  id: string;
  current: string;
  previous: string | null;
}

const rowsAtOnce = 500;

export interface Resealed {
  readonly resealed: number;
  /** Webhooks with a secret of a key that is not in the list; left as they are. */
  readonly ofUnknownKeys: number;
}

/** What is damaged is left as it is. */
export async function resealSecrets(db: Database, box: SecretBox): Promise<Resealed> {
  const first = sealPrefix(box);
  let resealed = 0;
  let ofUnknownKeys = 0;
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const rows = await db.query<SealedRow>(sql`
      select id, sealed_secret as current, sealed_previous_secret as previous from webhooks
      where id > ${after}::uuid
        and (not starts_with(sealed_secret, ${first}) or not starts_with(sealed_previous_secret, ${first}))
      order by id limit ${rowsAtOnce}`);
    for (const row of rows) {
      if (isOfUnknownKey(box, row)) ofUnknownKeys++;
      else if (await resealWebhook(db, box, row)) resealed++;
    }
    const last = rows.at(-1);
    if (last === undefined) return { resealed, ofUnknownKeys };
    after = last.id;
  }
}

function isOfUnknownKey(box: SecretBox, { id, current, previous }: SealedRow): boolean {
  return [current, previous].some((sealed) => {
    const opened = sealed === null ? null : box.open(sealed, `webhook:${id}`);
    return opened !== null && !opened.ok && opened.error === 'unknown-key';
  });
}

/** Only over the very values that were read: a rotation that came in between wins. */
async function resealWebhook(
  db: Database,
  box: SecretBox,
  { id, current, previous }: SealedRow,
): Promise<boolean> {
  const context = `webhook:${id}`;
  const renewed = (sealed: string): string => {
    const opened = box.open(sealed, context);
    return opened.ok ? box.seal(opened.value, context) : sealed;
  };
  const changed = await db.query(sql`
    update webhooks set
      sealed_secret = ${renewed(current)},
      sealed_previous_secret = ${previous === null ? null : renewed(previous)}
    where id = ${id} and sealed_secret = ${current} and sealed_previous_secret is not distinct from ${previous}
    returning id`);
  return changed.length > 0;
}
