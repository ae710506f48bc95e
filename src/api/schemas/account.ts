import { type Static, Type } from 'typebox';
import { type Account, accountStatuses, accountTypes } from '../../domain/account.ts';
import { accountNameLengthMax, emailLengthMax } from '../../domain/account-input.ts';
import { momentText, momentTextOrNull } from '../moment.ts';
import { paginationSchema } from './pagination.ts';
import { momentSchema, nullable, pageQuerySchema, reference, uuidSchema } from './shared.ts';

const kindDescription =
  'organization: owns profiles and may act as them with x-profile-id. profile: child of an organization. user: stands alone.';
const statusDescription =
  'suspended: its keys are refused and its new events reach nobody; what already waits is still delivered.';

const typeSchema = Type.Enum([...accountTypes], { description: kindDescription });
const statusSchema = Type.Enum([...accountStatuses], { description: statusDescription });
const organizationIdSchema = Type.String({
  format: 'uuid',
  description: 'The organization of a profile; required for it, and not allowed for the other types.',
});
const emailTextSchema = Type.String({
  maxLength: emailLengthMax,
  description: 'Shown at GET /v3/me; nothing is sent to it.',
});

export const accountSchema = Type.Object(
  {
    id: uuidSchema,
    type: typeSchema,
    organization_id: nullable(
      Type.String({ format: 'uuid', description: 'The organization of a profile; null for the others.' }),
    ),
    name: Type.String(),
    email: nullable(Type.String()),
    status: statusSchema,
    created_at: momentSchema,
    updated_at: nullable(momentSchema),
  },
  { $id: 'Account', additionalProperties: false },
);

export const accountListSchema = Type.Object(
  { accounts: Type.Array(reference(accountSchema)), pagination: reference(paginationSchema) },
  { additionalProperties: false },
);

export const accountListQuerySchema = Type.Object({
  ...pageQuerySchema.properties,
  search: Type.Optional(Type.String({ description: 'Part of the name, or the whole id.' })),
  type: Type.Optional(typeSchema),
  organization_id: Type.Optional(
    Type.String({ format: 'uuid', description: 'Only the profiles of this organization.' }),
  ),
});

export const newAccountBodySchema = Type.Object({
  type: typeSchema,
  name: Type.String({ minLength: 1, maxLength: accountNameLengthMax }),
  organization_id: Type.Optional(nullable(organizationIdSchema)),
  email: Type.Optional(nullable(emailTextSchema)),
});

export const accountChangeBodySchema = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: accountNameLengthMax })),
    email: Type.Optional(nullable(emailTextSchema)),
    status: Type.Optional(statusSchema),
  },
  { minProperties: 1 },
);

export function accountView(account: Account): Static<typeof accountSchema> {
  return {
    id: account.id,
    type: account.type,
    organization_id: account.organizationId,
    name: account.name,
    email: account.email,
    status: account.status,
    created_at: momentText(account.createdAt),
    updated_at: momentTextOrNull(account.updatedAt),
  };
}
