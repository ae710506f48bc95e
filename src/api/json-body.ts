import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Refusal } from './answer.ts';
import { isNestedDeeper } from './json-nesting.ts';

/** Far beyond any body of use, and far below what exhausts a stack. */
const nestingLevelsMax = 1000;

/** A request body as it arrived. Whether it may be used is judged in its turn, after the headers and the path. */
export type RequestBody =
  | { readonly kind: 'absent' }
  | { readonly kind: 'json'; readonly bytes: Buffer; readonly text: string; readonly value: unknown }
  | { readonly kind: 'malformed'; readonly bytes: Buffer }
  | { readonly kind: 'too-deep'; readonly bytes: Buffer }
  | { readonly kind: 'unsupported' };

const absent: RequestBody = { kind: 'absent' };

/** Bodies are kept as text too: payloads are delivered as they were written. */
export function registerBodyParsers(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, bytes: Buffer) => readJson(bytes),
  );
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: FastifyRequest, bytes: Buffer) =>
    bytes.length === 0 ? absent : { kind: 'unsupported' },
  );
}

function readJson(bytes: Buffer): RequestBody {
  if (bytes.length === 0) return absent;
  if (!isUtf8(bytes)) return { kind: 'malformed', bytes };
  const text = bytes.toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    return isNestedDeeper(text, nestingLevelsMax)
      ? { kind: 'too-deep', bytes }
      : { kind: 'json', bytes, text, value };
  } catch {
    return { kind: 'malformed', bytes };
  }
}

/** The body of a request that went through the parsers above. */
export function bodyOf(request: FastifyRequest): RequestBody {
  return (request.body as RequestBody | null | undefined) ?? absent;
}

export function refuseBody(body: RequestBody): Refusal | null {
  if (body.kind === 'unsupported') return { refused: 'unsupportedMediaType' };
  if (body.kind === 'too-deep') {
    const message = `The request body is nested more than ${nestingLevelsMax} levels deep`;
    return { refused: 'malformedJson', message };
  }
  if (body.kind === 'malformed') return { refused: 'malformedJson' };
  return null;
}

/** What the rules of the domain judge: undefined when there is no body. */
export function jsonValueOf(body: RequestBody): unknown {
  return body.kind === 'json' ? body.value : undefined;
}
