import { createHash } from 'node:crypto';
import type { Queryable } from '../storage/database.ts';
import { findAnswer, insertAnswer, type StoredAnswer } from '../storage/idempotency.ts';
import { isRefusal, type Outcome, type Refusal } from './answer.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { Rendered } from './envelope.ts';
import { takeIdempotencyLock } from './idempotency-lock.ts';

/** The change an operation wants to make; it runs inside the transaction that also stores the answer. */
export type Effect = (db: Queryable) => Promise<Outcome>;

export interface KeyedRequest {
  readonly accountId: string;
  readonly key: string;
  readonly requestId: string;
  readonly fingerprint: string;
}

const storedStatuses: ReadonlySet<number> = new Set([200, 201, 202, 204, 400, 404]);

/** What makes two requests the same: method, operation, what the path names, and every byte of the body. */
export function fingerprintOf(method: string, route: string, ids: readonly string[], body: Buffer): string {
  const named = ids.join('\n').toLowerCase();
  return createHash('sha256').update(`${method}\n${route}\n${named}\n`).update(body).digest('hex');
}

/**
 * Runs a request once for its key. Its effect and its answer commit together, so a crash leaves both or neither;
 * whoever repeats it gets the first answer's bytes.
 */
export async function answerOnce(
  dependencies: ApiDependencies,
  request: KeyedRequest,
  prepare: () => Promise<Outcome | Effect>,
  render: (outcome: Outcome) => Rendered,
): Promise<Rendered | Refusal> {
  const lock = await takeIdempotencyLock(dependencies.db, lockName(request));
  if (lock === null) return { refused: 'requestInProgress' };
  try {
    const stored = await findAnswer(dependencies.db, request.accountId, request.key);
    if (stored !== null) return replay(dependencies, request, stored);
    return await runAndStore(dependencies, request, await prepare(), render);
  } finally {
    await lock.release();
  }
}

async function runAndStore(
  dependencies: ApiDependencies,
  request: KeyedRequest,
  prepared: Outcome | Effect,
  render: (outcome: Outcome) => Rendered,
): Promise<Rendered | Refusal> {
  let afterCommit: (() => void) | undefined;
  try {
    const rendered = await dependencies.db.transaction(async (db) => {
      const outcome = typeof prepared === 'function' ? await prepared(db) : prepared;
      if (!isRefusal(outcome)) afterCommit = outcome.afterCommit;
      const answer = render(outcome);
      if (!storedStatuses.has(answer.status)) return answer;
      const isStored = await insertAnswer(
        db,
        request.accountId,
        request.key,
        seal(dependencies, request, answer),
      );
      if (!isStored) throw new AnsweredMeanwhile();
      return answer;
    });
    afterCommit?.();
    return rendered;
  } catch (error) {
    if (error instanceof AnsweredMeanwhile) return { refused: 'requestInProgress' };
    throw error;
  }
}

/** Another process answered for the key after this one's lock had run out: rolls the effect back. */
class AnsweredMeanwhile extends Error {
  override readonly name = 'AnsweredMeanwhile';
}

function seal(dependencies: ApiDependencies, request: KeyedRequest, answer: Rendered): StoredAnswer {
  const { body, headers } = answer;
  return {
    fingerprint: request.fingerprint,
    requestId: request.requestId,
    status: answer.status,
    sealedBody: dependencies.secretBox.seal(JSON.stringify({ body, headers }), lockName(request)),
  };
}

function replay(
  dependencies: ApiDependencies,
  request: KeyedRequest,
  stored: StoredAnswer,
): Rendered | Refusal {
  if (stored.fingerprint !== request.fingerprint) return { refused: 'idempotencyKeyReused' };
  const opened = dependencies.secretBox.open(stored.sealedBody, lockName(request));
  if (!opened.ok) throw new Error(`could not open a stored idempotent answer: ${opened.error}`);
  const { body, headers } = JSON.parse(opened.value) as Pick<Rendered, 'body' | 'headers'>;
  return {
    status: stored.status,
    body,
    headers: { ...headers, 'Idempotent-Replayed': 'true', 'X-Original-Request-Id': stored.requestId },
  };
}

function lockName({ accountId, key }: KeyedRequest): string {
  return `idempotency:${accountId}:${key}`;
}
