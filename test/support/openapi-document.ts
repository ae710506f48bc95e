/** What the tests that are made from the OpenAPI document read of it. */
import type { Schema } from './generated-json.ts';

export interface Operation {
  readonly id: string;
  /** In capitals. */
  readonly method: string;
  /** `/v3/webhooks/{id}` */
  readonly path: string;
  /** Whose key opens it. */
  readonly opensTo: 'account' | 'platform';
  readonly pathParameters: readonly string[];
  readonly query: readonly { readonly name: string; readonly schema: Schema }[];
  readonly headers: readonly string[];
  readonly body: Schema | null;
}

export interface OpenApiDocument {
  readonly operations: readonly Operation[];
  readonly components: Readonly<Record<string, Schema>>;
}

interface DescribedOperation {
  readonly operationId: string;
  readonly security: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

interface DocumentText {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** @throws when an operation is opened by a kind of key that is not known here */
export async function readOpenApi(address: string): Promise<OpenApiDocument> {
  const response = await fetch(`${address}/openapi.json`);
  const document = (await response.json()) as DocumentText;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => operationOf(method, path, described)),
  );
  return { operations, components: document.components.schemas };
}

function operationOf(method: string, path: string, described: DescribedOperation): Operation {
  const { operationId, security, parameters = [], requestBody } = described;
  const [scheme] = security.flatMap((one) => Object.keys(one));
  if (scheme !== 'accountKey' && scheme !== 'platformKey') {
    throw new Error(`${method} ${path} is opened by "${scheme}", which the tests do not know`);
  }
  const named = (place: string) => parameters.filter((parameter) => parameter.in === place);
  return {
    id: operationId,
    method: method.toUpperCase(),
    path,
    opensTo: scheme === 'accountKey' ? 'account' : 'platform',
    pathParameters: [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name),
    query: named('query').map(({ name, schema }) => ({ name, schema })),
    headers: named('header').map(({ name }) => name),
    body: requestBody?.content['application/json']?.schema ?? null,
  };
}
