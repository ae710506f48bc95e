import { type Static, Type } from 'typebox';
import { apiKeyNameLengthMax } from '../../domain/account-input.ts';
import type { ApiKey } from '../../storage/api-keys.ts';
import { momentText, momentTextOrNull } from '../moment.ts';
import { momentSchema, nullable, reference, uuidSchema } from './shared.ts';

const afterKey = {
  prefix: Type.String({ description: 'The first characters, by which the owner recognises the key.' }),
  expires_at: nullable(momentSchema),
  created_at: momentSchema,
};

export const apiKeySchema = Type.Object(
  { id: uuidSchema, name: nullable(Type.String()), ...afterKey },
  { $id: 'ApiKey', additionalProperties: false },
);

export const newApiKeySchema = Type.Object(
  {
    id: uuidSchema,
    name: nullable(Type.String()),
    key: Type.String({ description: 'Shown this once; only its SHA-256 is kept.' }),
    ...afterKey,
  },
  { $id: 'NewApiKey', additionalProperties: false },
);

export const apiKeyListSchema = Type.Object(
  { api_keys: Type.Array(reference(apiKeySchema)) },
  { additionalProperties: false },
);

export const apiKeyBodySchema = Type.Object({
  name: Type.Optional(nullable(Type.String({ minLength: 1, maxLength: apiKeyNameLengthMax }))),
  expires_at: Type.Optional(nullable(momentSchema)),
});

export function apiKeyView(apiKey: ApiKey): Static<typeof apiKeySchema> {
  return { id: apiKey.id, name: apiKey.name, ...afterKeyView(apiKey) };
}

export function newApiKeyView(apiKey: ApiKey, key: string): Static<typeof newApiKeySchema> {
  return { id: apiKey.id, name: apiKey.name, key, ...afterKeyView(apiKey) };
}

function afterKeyView({ prefix, expiresAt, createdAt }: ApiKey) {
  return { prefix, expires_at: momentTextOrNull(expiresAt), created_at: momentText(createdAt) };
}
