import { type Static, Type } from 'typebox';
import { type Account, accountStatuses, accountTypes } from '../../domain/account.ts';
import { accountNameLengthMax, emailLengthMax } from '../../domain/account-input.ts';
import { momentText, momentTextOrNull } from '../moment.ts';
import { paginationSchema } from './pagination.ts';
import { momentSchema, nullable, reference, uuidSchema } from './shared.ts';

export const accountSchema = Type.Object(
  {
    id: uuidSchema,
    type: Type.Enum([...accountTypes]),
    organization_id: nullable(uuidSchema),
    name: Type.String(),
    email: nullable(Type.String()),
    status: Type.Enum([...accountStatuses]),
    created_at: momentSchema,
    updated_at: nullable(momentSchema),
  },
  { $id: 'Account', additionalProperties: false },
);

export const accountListSchema = Type.Object(
  { accounts: Type.Array(reference(accountSchema)), pagination: reference(paginationSchema) },
  { additionalProperties: false },
);

export const newAccountBodySchema = Type.Object({
  type: Type.Enum([...accountTypes]),
  name: Type.String({ minLength: 1, maxLength: accountNameLengthMax }),
  organization_id: Type.Optional(nullable(uuidSchema)),
  email: Type.Optional(nullable(Type.String({ maxLength: emailLengthMax }))),
});

export const accountChangeBodySchema = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, maxLength: accountNameLengthMax })),
    email: Type.Optional(nullable(Type.String({ maxLength: emailLengthMax }))),
    status: Type.Optional(Type.Enum([...accountStatuses])),
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
