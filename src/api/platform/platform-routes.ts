import type { FastifyInstance } from 'fastify';
import { isUuid } from '../../domain/identifier.ts';
import { invalid, type Outcome, type Refusal } from '../answer.ts';
import type { Authentication } from '../authentication.ts';
import { bodyOf, type RequestBody, refuseBody } from '../json-body.ts';
import type { PlatformOperation, Query } from '../operation.ts';
import type { Presenter } from '../presenter.ts';
import { platformOperationSchema } from '../schemas/operation.ts';

const bodyBytesMax = 256 * 1024;

interface PathParts {
  readonly id?: string;
  readonly key_id?: string;
  readonly name?: string;
}

/** Serves operations to the holder of the platform key, who is asked for it before a body is read. */
export function registerPlatformRoutes(
  app: FastifyInstance,
  authentication: Authentication,
  presenter: Presenter,
  operations: readonly PlatformOperation[],
): void {
  for (const operation of operations) {
    const { method, url, doing, bodyLimit } = operation;
    app.route<{ Params: PathParts; Querystring: Query }>({
      method,
      url,
      schema: platformOperationSchema(operation),
      bodyLimit: bodyLimit ?? bodyBytesMax,
      config: { doing },
      onRequest: async (request, reply) => {
        const refusal = await authentication.ofPlatform(request);
        return refusal === null ? undefined : presenter.send(request, reply, refusal);
      },
      handler: async (request, reply) => {
        const { params, query } = request;
        return presenter.send(request, reply, await answer(operation, params, query, bodyOf(request)));
      },
    });
  }
}

async function answer(
  operation: PlatformOperation,
  { id, key_id: keyId, name }: PathParts,
  query: Query,
  body: RequestBody,
): Promise<Outcome> {
  const refusal =
    refuseId('id', operation.noun, id) ?? refuseId('key_id', 'API key', keyId) ?? refuseBody(body);
  if (refusal !== null) return refusal;
  return operation.handle({ id: id ?? '', keyId: keyId ?? '', name: name ?? '', query, body });
}

function refuseId(field: string, noun: string, value: string | undefined): Refusal | null {
  if (value === undefined || isUuid(value)) return null;
  return invalid([{ field, message: `Invalid ${noun} ID format.` }], 'always');
}
