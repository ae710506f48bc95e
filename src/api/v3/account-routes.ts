import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isUuid } from '../../domain/identifier.ts';
import { createAccountDatabases } from '../account-database.ts';
import { isRefusal, type Outcome, type Refusal } from '../answer.ts';
import type { Authentication } from '../authentication.ts';
import type { ApiDependencies } from '../dependencies.ts';
import type { Rendered } from '../envelope.ts';
import { answerOnce, type Effect, fingerprintOf } from '../idempotency.ts';
import { bodyOf, jsonValueOf, refuseBody } from '../json-body.ts';
import type { AccountOperation } from '../operation.ts';
import type { Presenter } from '../presenter.ts';
import { takeRequest } from '../rate-limit.ts';
import { accountOperationSchema } from '../schemas/operation.ts';
import type { Session } from '../session.ts';

const bodyBytesMax = 256 * 1024;
const idempotencyKeySyntax = /^[a-zA-Z0-9_-]{1,255}$/;

interface PathParts {
  readonly id?: string;
  readonly event_id?: string;
}

function idsOf({ id = '', event_id: eventId }: PathParts): readonly string[] {
  return eventId === undefined ? [id] : [id, eventId];
}

/** With the database as the caller gets it. */
type ForCaller = (session: Session) => ApiDependencies;

/** Serves operations to accounts. The checks run in the contract's order, the first three before a body is read. */
export function registerAccountRoutes(
  app: FastifyInstance,
  dependencies: ApiDependencies,
  authentication: Authentication,
  presenter: Presenter,
  operations: readonly AccountOperation[],
): void {
  const databaseOf = createAccountDatabases(dependencies.db);
  const forCaller: ForCaller = ({ caller }) => ({ ...dependencies, db: databaseOf(caller.id) });
  for (const operation of operations) {
    const { method, url, doing, bucket } = operation;
    app.route<{ Params: PathParts }>({
      method,
      url,
      schema: accountOperationSchema(operation),
      bodyLimit: bodyBytesMax,
      config: { doing, ...(bucket === undefined ? {} : { bucket }) },
      onRequest: (request, reply) => admit(forCaller, authentication, presenter, request, reply),
      handler: async (request, reply) =>
        presenter.send(request, reply, await answer(dependencies, forCaller, presenter, operation, request)),
    });
  }
}

async function admit(
  forCaller: ForCaller,
  authentication: Authentication,
  presenter: Presenter,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  const session = await authentication.ofAccount(request);
  if (isRefusal(session)) return presenter.send(request, reply, session);
  request.session = session;
  const refusal =
    (await takeRequest(forCaller(session), request, session.caller.id)) ?? refuseIdempotencyKey(request);
  return refusal === null ? undefined : presenter.send(request, reply, refusal);
}

/** Null: none was sent, or none is needed. */
function idempotencyKeyOf(request: FastifyRequest): string | null {
  if (request.method === 'GET' || request.method === 'HEAD') return null;
  const value = request.headers['idempotency-key'];
  return value === undefined ? null : String(value);
}

function refuseIdempotencyKey(request: FastifyRequest): Refusal | null {
  const key = idempotencyKeyOf(request);
  return key === null || idempotencyKeySyntax.test(key) ? null : { refused: 'invalidIdempotencyKey' };
}

async function answer(
  dependencies: ApiDependencies,
  forCaller: ForCaller,
  presenter: Presenter,
  operation: AccountOperation,
  request: FastifyRequest<{ Params: PathParts }>,
): Promise<Outcome | Rendered> {
  const { session } = request;
  if (session === null) throw new Error('an account route was reached without a session');
  const own = forCaller(session);
  const key = idempotencyKeyOf(request);
  const prepare = () => prepared(own, operation, request, session);
  if (key === null) return commit(own, await prepare());

  const body = bodyOf(request);
  const bytes = 'bytes' in body ? body.bytes : Buffer.alloc(0);
  const keyed = {
    accountId: session.account.id,
    key,
    requestId: request.id,
    fingerprint: fingerprintOf(request.method, operation.url, idsOf(request.params), bytes),
  };
  // A test or a resend was sent by then: its answer is kept, whoever else of the account waits for a turn.
  const keeping = operation.bucket === 'test' ? dependencies : own;
  return answerOnce(keeping, keyed, prepare, (outcome) => presenter.render(request, outcome));
}

async function prepared(
  { db }: ApiDependencies,
  operation: AccountOperation,
  request: FastifyRequest<{ Params: PathParts }>,
  session: Session,
): Promise<Outcome | Effect> {
  const { id, event_id: eventId } = request.params;
  const wrongId = refuseId('webhook', id) ?? refuseId('event', eventId);
  if (wrongId !== null) return wrongId;
  const body = bodyOf(request);
  const refusal = refuseBody(body);
  if (refusal !== null) return refusal;
  return operation.handle({
    account: session.account,
    db,
    id: id ?? '',
    eventId: eventId ?? '',
    query: request.query as Record<string, unknown>,
    body: jsonValueOf(body),
  });
}

function refuseId(noun: string, id: string | undefined): Refusal | null {
  if (id === undefined || isUuid(id)) return null;
  return { refused: 'validationFailed', message: `Invalid ${noun} ID format.` };
}

async function commit(dependencies: ApiDependencies, outcome: Outcome | Effect): Promise<Outcome> {
  const done = typeof outcome === 'function' ? await dependencies.db.transaction(outcome) : outcome;
  if (!isRefusal(done)) done.afterCommit?.();
  return done;
}
