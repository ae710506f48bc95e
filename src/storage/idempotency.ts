/** Stored answers of idempotent requests. An answer commits with the effect it tells of, or not at all. */
import sql from 'sql-template-tag';
import type { Queryable } from './database.ts';
import { repetitionHours } from './retention.ts';

export interface StoredAnswer {
  /** SHA-256 of the request, hexadecimal. */
  readonly fingerprint: string;
  readonly requestId: string;
  readonly status: number;
  /** Encrypted; see domain/secret-box. */
  readonly sealedBody: string;
}

interface AnswerRow {
  fingerprint: string;
  request_id: string;
  status: number;
  sealed_body: string;
}

export async function findAnswer(
  db: Queryable,
  accountId: string,
  key: string,
): Promise<StoredAnswer | null> {
  const [row] = await db.query<AnswerRow>(sql`
    select fingerprint, request_id, status, sealed_body from idempotent_answers
    where account_id = ${accountId} and key = ${key}
      and created_at > clock_now() - make_interval(hours => ${repetitionHours})`);
  if (row === undefined) return null;
  return {
    fingerprint: row.fingerprint,
    requestId: row.request_id,
    status: row.status,
    sealedBody: row.sealed_body,
  };
}

/** False when another answer is there already: the transaction that tried must roll back. */
export async function insertAnswer(
  db: Queryable,
  accountId: string,
  key: string,
  answer: StoredAnswer,
): Promise<boolean> {
  const rows = await db.query(sql`
    insert into idempotent_answers as stored (account_id, key, fingerprint, request_id, status, sealed_body)
    values (${accountId}, ${key}, ${answer.fingerprint}, ${answer.requestId}, ${answer.status}, ${answer.sealedBody})
    on conflict (account_id, key) do update set
      fingerprint = excluded.fingerprint,
      request_id = excluded.request_id,
      status = excluded.status,
      sealed_body = excluded.sealed_body,
      created_at = excluded.created_at
      where stored.created_at <= clock_now() - make_interval(hours => ${repetitionHours})
    returning key`);
  return rows.length > 0;
}
