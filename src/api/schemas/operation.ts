import type { FastifySchema } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { type ErrorName, errorTable } from '../../errors.ts';
import { codeSamples, type KeyVariable } from '../code-samples.ts';
import { envelopeSchema, errorEnvelopeSchema, reference, uuidSchema } from './shared.ts';

/** What the OpenAPI document says of an operation. */
export interface OperationDescription {
  readonly tag: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly body?: TSchema;
  /** A body as people send it, where `{}` is none: for the examples. */
  readonly bodyExample?: Readonly<Record<string, unknown>>;
  /** Such as `webhooks.update`, where the official SDK has the operation. */
  readonly sdkMethod?: string;
  /** Null: 204 without a body. */
  readonly success: SuccessDescription | null;
  readonly errors?: readonly ErrorName[];
}

export interface SuccessDescription {
  readonly status: number;
  /** For an operation that both creates and replaces. */
  readonly alsoStatus?: number;
  readonly data: TSchema;
  readonly example?: unknown;
  /** Of its own, in the form of OpenAPI. */
  readonly headers?: Readonly<Record<string, object>>;
}

export const idParamsSchema = Type.Object({ id: uuidSchema });

const profileHeader = Type.Optional(
  Type.String({ format: 'uuid', description: 'Acts as this profile of the calling organization.' }),
);
const idempotencyHeader = Type.Optional(
  Type.String({
    pattern: '^[a-zA-Z0-9_-]{1,255}$',
    description: 'A repeated request with the same key gets the first answer again, for 24 hours.',
  }),
);

const commonErrors: readonly ErrorName[] = [
  'notAuthenticated',
  'invalidApiKey',
  'insufficientPermissions',
  'tooManyWrongKeys',
  'keyWrongTooOften',
  'internal',
  'serviceUnavailable',
];
const accountErrors: readonly ErrorName[] = ['invalidProfileId', 'customerNotFound', 'rateLimitExceeded'];
const bodyErrors: readonly ErrorName[] = ['malformedJson', 'payloadTooLarge', 'unsupportedMediaType'];
const keyedErrors: readonly ErrorName[] = [
  'invalidIdempotencyKey',
  'requestInProgress',
  'idempotencyKeyReused',
];

export interface DescribedOperation {
  readonly method: string;
  readonly url: string;
  readonly described: OperationDescription;
}

/** For an operation of /v3; a change also takes an idempotency key. */
export function accountOperationSchema(operation: DescribedOperation): FastifySchema {
  const keyed = operation.method !== 'GET';
  return {
    ...commonParts(operation, 'API_KEY', [...accountErrors, ...(keyed ? keyedErrors : [])]),
    headers: Type.Object({
      'x-profile-id': profileHeader,
      ...(keyed ? { 'idempotency-key': idempotencyHeader } : {}),
    }),
    security: [{ accountKey: [] }],
  };
}

export function platformOperationSchema(operation: DescribedOperation): FastifySchema {
  return { ...commonParts(operation, 'PLATFORM_KEY', []), security: [{ platformKey: [] }] };
}

function commonParts(
  operation: DescribedOperation,
  keyVariable: KeyVariable,
  apiErrors: readonly ErrorName[],
): FastifySchema {
  const { tag, operationId, summary, description, params, query, body, bodyExample, success } =
    operation.described;
  const validated = params !== undefined || query !== undefined || body !== undefined;
  const errors = [
    ...commonErrors,
    ...apiErrors,
    ...(validated ? (['validationFailed'] as const) : []),
    ...(body === undefined ? [] : bodyErrors),
    ...(operation.described.errors ?? []),
  ];
  return {
    operationId,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [tag],
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(body === undefined ? {} : { body, 'x-bodyExample': bodyExample }),
    response: { ...successResponse(success), ...errorResponses(errors) },
    ...{ 'x-codeSamples': codeSamples(operation, keyVariable) },
  };
}

const answerHeaders = {
  'X-Request-Id': { type: 'string', description: 'The request_id of the envelope.' },
};
const waitHeaders = {
  ...answerHeaders,
  'Retry-After': { type: 'integer', description: 'Seconds to wait.' },
};

function successResponse(success: OperationDescription['success']): Record<string, unknown> {
  if (success === null)
    return { 204: { description: 'Done; no body.', headers: answerHeaders, type: 'null' } };
  const media = {
    schema: envelopeSchema(success.data),
    ...(success.example === undefined ? {} : { example: success.example }),
  };
  const { status, alsoStatus = status } = success;
  const headers = { ...answerHeaders, ...success.headers };
  const response = { description: 'Success', headers, content: { 'application/json': media } };
  return { [status]: response, [alsoStatus]: response };
}

function errorResponses(names: readonly ErrorName[]): Record<string, unknown> {
  const byStatus = new Map<number, ErrorName[]>();
  for (const name of names) {
    const { status } = errorTable[name];
    byStatus.set(status, [...(byStatus.get(status) ?? []), name]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, errors]) => [
      status,
      { ...errorResponse(errors), headers: status === 429 || status === 503 ? waitHeaders : answerHeaders },
    ]),
  );
}

function errorResponse(names: readonly ErrorName[]) {
  const examples = names.map((name) => [name, { value: errorExample(name) }]);
  const codes = new Set(names.map((name) => errorTable[name].code));
  return {
    description: [...codes].sort().join(', '),
    content: {
      'application/json': {
        schema: reference(errorEnvelopeSchema),
        examples: Object.fromEntries(examples),
      },
    },
  };
}

function errorExample(name: ErrorName) {
  const { code, message } = errorTable[name];
  return {
    success: false,
    data: null,
    error: { code, message, details: null, doc_url: `https://docs.sent.dm/errors/${code}` },
    meta: exampleMeta,
  };
}

export const exampleMeta = {
  request_id: 'req_7X9zKp2jDw',
  timestamp: '2026-03-11T21:50:49.582603+00:00',
  version: 'v3',
};
