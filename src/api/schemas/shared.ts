import { type Static, type TSchema, Type } from 'typebox';
import { pageSizeRange } from '../../domain/query-check.ts';

export function nullable<Schema extends TSchema>(schema: Schema) {
  return Type.Union([schema, Type.Null()]);
}

/** A component of the OpenAPI document by its name; the type is the component's own. */
export function reference<Schema extends TSchema>(component: Schema & { $id?: string }) {
  return Type.Unsafe<Static<Schema>>({ $ref: `${component.$id}#` });
}

export const uuidSchema = Type.String({ format: 'uuid' });
export const momentSchema = Type.String({ format: 'date-time' });
export const sandboxSchema = Type.Boolean({
  default: false,
  description: 'When true everything is checked, but nothing is stored or sent.',
});

export const metaSchema = Type.Object(
  {
    request_id: Type.String({ pattern: '^req_[A-Za-z0-9]{10}$' }),
    timestamp: momentSchema,
    version: Type.Literal('v3'),
  },
  { $id: 'Meta', additionalProperties: false },
);

export const errorSchema = Type.Object(
  {
    code: Type.String({ description: 'Stable and machine-readable.' }),
    message: Type.String(),
    details: nullable(Type.Record(Type.String(), Type.Array(Type.String()))),
    doc_url: Type.String({ format: 'uri' }),
  },
  { $id: 'Error', additionalProperties: false },
);

export const errorEnvelopeSchema = Type.Object(
  {
    success: Type.Literal(false),
    data: Type.Null(),
    error: reference(errorSchema),
    meta: reference(metaSchema),
  },
  { $id: 'ErrorEnvelope', additionalProperties: false },
);

export function envelopeSchema(data: TSchema): TSchema {
  return Type.Object(
    { success: Type.Literal(true), data, error: Type.Null(), meta: reference(metaSchema) },
    { additionalProperties: false },
  );
}

export const pageQuerySchema = Type.Object({
  page: Type.Optional(Type.Integer({ minimum: 1, default: 1 })),
  page_size: Type.Optional(
    Type.Integer({
      minimum: pageSizeRange.min,
      maximum: pageSizeRange.max,
      default: pageSizeRange.default,
    }),
  ),
});
