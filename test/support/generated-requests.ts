/** Requests made from the OpenAPI document: of every operation, valid at first and then wrong in one part or several. */
import fc from 'fast-check';
import { bodyOf, type Header, mostly } from './generated-bodies.ts';
import { jsonOf, jsonText, type SchemaContext } from './generated-json.ts';
import { hostilePathParts, hostileQueries, hostileText } from './generated-nonsense.ts';
import type { OpenApiDocument, Operation } from './openapi-document.ts';

export interface GeneratedRequest {
  readonly operation: Operation;
  readonly method: string;
  readonly target: string;
  readonly bytes: Buffer;
  /** What follows on this connection may be answered with a complaint about the rest of this one. */
  readonly spoilsConnection: boolean;
}

export interface RequestWorld {
  readonly accountKeys: readonly string[];
  readonly platformKey: string;
  readonly profileIds: readonly string[];
  readonly bodyValues: SchemaContext['known'];
  /** Ids that exist; what a DELETE destroys is its own. The method need not be that of the description. */
  readonly pathParts: (operation: Operation, name: string) => readonly string[];
}

export function requestsOf(document: OpenApiDocument, world: RequestWorld): fc.Arbitrary<GeneratedRequest> {
  return fc.oneof(...document.operations.map((operation) => requestOf(operation, document, world)));
}

function requestOf(
  operation: Operation,
  { components }: OpenApiDocument,
  world: RequestWorld,
): fc.Arbitrary<GeneratedRequest> {
  const context = { components, known: world.bodyValues };
  return mostly(fc.constant(operation.method), fc.constantFrom(...methods), 95)
    .chain((method) =>
      fc.record({
        method: fc.constant(method),
        target: targetOf({ ...operation, method }, context, world),
        key: keyOf(operation, world),
        headers: headersOf(operation, world),
        body: bodyOf(operation, context),
      }),
    )
    .map(({ method, target, key, headers, body }) => {
      const lines = [
        'Host: posthorn',
        ...[...key, ...headers, ...body.headers].map((header) => header.join(': ')),
      ];
      const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      const spoilsConnection = body.spoilsConnection === true;
      return { operation, method, target, bytes: Buffer.concat([head, body.bytes]), spoilsConnection };
    });
}

const methods = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'QUERY',
  'get',
  'NONE',
];

function targetOf(operation: Operation, context: SchemaContext, world: RequestWorld): fc.Arbitrary<string> {
  const parts = operation.path.split('/').map((part) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined) return fc.constant(part);
    const known = fc.constantFrom(...world.pathParts(operation, name));
    return mostly(
      known,
      fc.oneof(
        fc.constantFrom(...hostilePathParts),
        fc.uuid(),
        known.map((id) => id.toUpperCase()),
        fc.webSegment(),
      ),
      80,
    );
  });
  const path = fc.tuple(...parts).map((found) => found.join('/'));
  const disguised = path.chain((found) =>
    fc.constantFrom(
      `${found}/`,
      `/${found}`,
      found.replaceAll('/', '//'),
      found.toUpperCase(),
      `http://posthorn${found}`,
      `${found}%20`,
    ),
  );
  return fc
    .tuple(mostly(path, disguised, 95), queryOf(operation, context))
    .map(([found, query]) => (query === '' ? found : `${found}?${query}`));
}

function queryOf({ query }: Operation, context: SchemaContext): fc.Arbitrary<string> {
  const parameters = query.map(({ name, schema }) => {
    const value = jsonOf(schema, context, name).map((json) => encoded(name, jsonText(json)));
    const wrong = fc.oneof(fc.constantFrom(...hostileText), fc.string()).map((text) => encoded(name, text));
    return fc.oneof(fc.constant(''), value, wrong);
  });
  const fitting = fc.tuple(...parameters).map((found) => found.filter((text) => text !== '').join('&'));
  return mostly(fitting, fc.constantFrom(...hostileQueries), query.length === 0 ? 95 : 60);
}

function encoded(name: string, text: string): string {
  const bare = text.replace(/^"(.*)"$/s, '$1');
  return `${name}=${encodeURIComponent(Buffer.from(bare).toString())}`;
}

function keyOf({ opensTo }: Operation, { accountKeys, platformKey }: RequestWorld): fc.Arbitrary<Header[]> {
  const platform = [['x-api-key', platformKey]] as const;
  const account = fc.constantFrom(...accountKeys).map((key) => [['x-api-key', key]] as const);
  const right = opensTo === 'platform' ? fc.constant(platform) : account;
  const wrong = fc.oneof(
    fc.constant([]),
    fc.constant(platform),
    account,
    account.map((header) => [...header, ...header]),
    fc
      .constantFrom('', ' ', '\t', 'ph_', 'é', 'x'.repeat(9000), 'Bearer x')
      .map((key) => [['x-api-key', key]] as const),
    account.map(([[name, key]]) => [[name.toUpperCase(), ` ${key}  `]] as const),
  );
  return mostly<readonly Header[]>(right, wrong, 92).map((headers) => [...headers]);
}

function headersOf(operation: Operation, world: RequestWorld): fc.Arbitrary<Header[]> {
  const text = fc.constantFrom(...hostileText.filter((found) => !/[\r\n\0]/.test(found)));
  const profile = fc.oneof(fc.constantFrom('', ' ', ...world.profileIds), fc.uuid(), text);
  const idempotencyKey = fc.oneof(
    fc.stringMatching(/^[a-c]$/),
    fc.uuid(),
    fc.constantFrom('', 'x'.repeat(255), 'x'.repeat(256), 'a b'),
    text,
  );
  const taken: Record<string, fc.Arbitrary<string>> = {
    'x-profile-id': profile,
    'idempotency-key': idempotencyKey,
  };
  const described = operation.headers.map((name) => {
    const value = taken[name];
    if (value === undefined) throw new Error(`no value is known for the header ${name} of ${operation.id}`);
    return mostly(
      fc.constant<Header[]>([]),
      value.map((found): Header[] => [[name, found]]),
      80,
    );
  });
  return fc
    .tuple(...described, mostly(fc.constant<Header[]>([]), oddHeaders, 92))
    .map((found) => found.flat());
}

const oddHeaders: fc.Arbitrary<Header[]> = fc.constantFrom<Header[][]>(
  [['Expect', '100-continue']],
  [['Expect', 'nothing']],
  [
    ['Upgrade', 'websocket'],
    ['Connection', 'Upgrade'],
  ],
  [['Connection', 'close']],
  [['Connection', 'x-api-key']],
  [['Accept', 'text/plain;q=0']],
  [['Accept-Encoding', 'gzip, br']],
  [['Accept-Version', '99']],
  [['Content-Encoding', 'gzip']],
  [['If-None-Match', '*']],
  [['Range', 'bytes=0-1']],
  [['Cookie', 'a=b; '.repeat(500)]],
  [
    ['X-Forwarded-For', '127.0.0.1'],
    ['X-HTTP-Method-Override', 'DELETE'],
  ],
  [['Host', 'other']],
  [['X-Request-Id', 'mine']],
  [
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ],
  [['X Y', 'z']],
  [['X-Control', 'a\u0001b']],
  [['X-Fill', 'x'.repeat(15_000)]],
  [['X-Fill', 'x'.repeat(17_000)]],
  Array.from({ length: 1500 }, (_unused, index): Header => [`h${index}`, '1']),
);
