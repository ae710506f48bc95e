import { Type } from 'typebox';
import { parseNewApiKey } from '../../domain/account-input.ts';
import { apiKeyBytes, apiKeyPrefix, hashApiKey, newApiKey } from '../../domain/api-key.ts';
import { newId } from '../../domain/identifier.ts';
import { findAccount } from '../../storage/accounts.ts';
import { deleteApiKey, insertApiKey, listApiKeys } from '../../storage/api-keys.ts';
import { invalid, noContent, type Outcome } from '../answer.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { jsonValueOf } from '../json-body.ts';
import type { PlatformCall, PlatformOperation } from '../operation.ts';
import {
  apiKeyBodySchema,
  apiKeyListSchema,
  apiKeyView,
  newApiKeySchema,
  newApiKeyView,
} from '../schemas/api-key.ts';
import { idParamsSchema } from '../schemas/operation.ts';
import { reference, uuidSchema } from '../schemas/shared.ts';

const tag = 'API keys';
const noun = 'account';

export function apiKeyOperations(dependencies: ApiDependencies): readonly PlatformOperation[] {
  return [
    {
      method: 'POST',
      url: '/platform/v1/accounts/:id/api-keys',
      doing: 'creating the API key',
      noun,
      described: {
        tag,
        operationId: 'createApiKey',
        summary: 'Create an API key, which is shown once',
        params: idParamsSchema,
        body: apiKeyBodySchema,
        bodyExample: { name: 'Production' },
        success: { status: 201, data: reference(newApiKeySchema) },
        errors: ['customerNotFound'],
      },
      handle: (call) => create(dependencies, call),
    },
    {
      method: 'GET',
      url: '/platform/v1/accounts/:id/api-keys',
      doing: 'listing the API keys',
      noun,
      described: {
        tag,
        operationId: 'listApiKeys',
        summary: 'List the API keys of an account, without the keys',
        params: idParamsSchema,
        success: { status: 200, data: apiKeyListSchema },
        errors: ['customerNotFound'],
      },
      handle: (call) => list(dependencies, call),
    },
    {
      method: 'DELETE',
      url: '/platform/v1/accounts/:id/api-keys/:key_id',
      doing: 'deleting the API key',
      noun,
      described: {
        tag,
        operationId: 'deleteApiKey',
        summary: 'Revoke an API key',
        params: Type.Object({ id: uuidSchema, key_id: uuidSchema }),
        success: null,
        errors: ['customerNotFound', 'apiKeyNotFound'],
      },
      handle: (call) => revoke(dependencies, call),
    },
  ];
}

async function create({ clock, db, random }: ApiDependencies, { id, body }: PlatformCall): Promise<Outcome> {
  const input = parseNewApiKey(jsonValueOf(body), clock.now());
  if (!input.ok) return invalid(input.error, 'always');
  if ((await findAccount(db, id)) === null) return { refused: 'customerNotFound' };
  const key = newApiKey(random.bytes(apiKeyBytes));
  const apiKey = await insertApiKey(db, id, {
    ...input.value,
    id: newId(clock.now()),
    prefix: apiKeyPrefix(key),
    keyHash: hashApiKey(key),
  });
  return { status: 201, data: newApiKeyView(apiKey, key) };
}

async function list({ db }: ApiDependencies, { id }: PlatformCall): Promise<Outcome> {
  if ((await findAccount(db, id)) === null) return { refused: 'customerNotFound' };
  const apiKeys = await listApiKeys(db, id);
  return { status: 200, data: { api_keys: apiKeys.map(apiKeyView) } };
}

async function revoke({ db }: ApiDependencies, { id, keyId }: PlatformCall): Promise<Outcome> {
  if ((await findAccount(db, id)) === null) return { refused: 'customerNotFound' };
  return (await deleteApiKey(db, id, keyId)) ? noContent : { refused: 'apiKeyNotFound' };
}
