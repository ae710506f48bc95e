/** Holds every answer of the tests against the OpenAPI document of the server that gave it. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { FastifyInstance } from 'fastify';

/** @throws when an operation of the document answered with a status or body that it does not describe. */
export type AnswerCheck = (method: string, url: string, status: number, json: unknown) => void;

interface OpenApiDocument {
  readonly paths: Record<string, Record<string, { responses: Record<string, { content?: object }> }>>;
}

/** Not described for each operation: any address can meet them. */
const everywhere = new Set([404, 405]);

export async function createAnswerCheck(app: FastifyInstance): Promise<AnswerCheck> {
  const document: OpenApiDocument = (await app.inject({ url: '/openapi.json' })).json();
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema(document, 'openapi');
  const validators = new Map<string, ValidateFunction>();
  // Fixed parts of a path win over parameters, as in the router.
  const paths = Object.keys(document.paths).sort((a, b) => a.split('{').length - b.split('{').length);

  function validatorAt(pointer: string): ValidateFunction {
    const known = validators.get(pointer);
    if (known !== undefined) return known;
    const made = ajv.compile({ $ref: `openapi#${pointer}` });
    validators.set(pointer, made);
    return made;
  }

  return (method, url, status, json) => {
    const path = paths.find((template) => matches(template, url));
    const operation = path === undefined ? undefined : document.paths[path]?.[method.toLowerCase()];
    if (path === undefined || operation === undefined) return;
    const response = operation.responses[status];
    if (response === undefined) {
      if (everywhere.has(status)) return;
      throw new Error(`${method} ${path} answered ${status}, which its description does not list`);
    }
    if (response.content === undefined) return;
    const parts = ['paths', path, method.toLowerCase(), 'responses', String(status)];
    const pointer = [...parts, 'content', 'application/json', 'schema'].map(escapePart).join('/');
    const validate = validatorAt(`/${pointer}`);
    if (!validate(json)) {
      throw new Error(`${method} ${path} ${status} is not as described: ${ajv.errorsText(validate.errors)}`);
    }
  };
}

function matches(template: string, url: string): boolean {
  const path = url.split('?')[0] ?? '';
  return new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}/?$`).test(path);
}

function escapePart(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}
