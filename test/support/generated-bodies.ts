/** Request bodies: what the schema allows, the same spoilt, and bytes that are no JSON or no HTTP. */
import fc from 'fast-check';
import { type Json, jsonOf, jsonText, type SchemaContext, spoilt } from './generated-json.ts';
import { heavyJson, hostileJson } from './generated-nonsense.ts';
import type { Operation } from './openapi-document.ts';

export type Header = readonly [name: string, value: string];

export interface Body {
  readonly headers: readonly Header[];
  readonly bytes: Buffer;
  readonly spoilsConnection?: boolean;
}

const noBody: Body = { headers: [], bytes: Buffer.alloc(0) };

/** The first of these is likely, the second is not. */
export function mostly<Value>(
  usual: fc.Arbitrary<Value>,
  rare: fc.Arbitrary<Value>,
  percent = 90,
): fc.Arbitrary<Value> {
  return fc.oneof({ weight: percent, arbitrary: usual }, { weight: 100 - percent, arbitrary: rare });
}

export function bodyOf({ body, method }: Operation, context: SchemaContext): fc.Arbitrary<Body> {
  const valid: fc.Arbitrary<Json> =
    body === null ? fc.constantFrom(...hostileJson).map((text) => ({ text })) : jsonOf(body, context);
  const json = fc.oneof(
    { weight: 35, arbitrary: valid.map(jsonText) },
    { weight: 50, arbitrary: spoilt(valid).map(jsonText) },
    { weight: 5, arbitrary: fc.constantFrom(...hostileJson) },
    { weight: 2, arbitrary: withHeavyMember(valid) },
  );
  const sent = mostly(
    json.map((text) => asJson(Buffer.from(text))),
    brokenBody(json),
  );
  if (body !== null) return mostly(sent, fc.constant(noBody), 95);
  return mostly(fc.constant(noBody), sent, method === 'GET' ? 95 : 85);
}

/** One member of the object, or all of it, becomes one of the heavy values. */
function withHeavyMember(json: fc.Arbitrary<Json>): fc.Arbitrary<string> {
  return fc.tuple(json, fc.constantFrom(...heavyJson), fc.nat()).map(([whole, heavy, at]) => {
    if (!('members' in whole) || whole.members.length === 0) return heavy;
    const place = at % whole.members.length;
    const members = whole.members.map(
      ([key, value], index) => [key, index === place ? { text: heavy } : value] as const,
    );
    return jsonText({ members });
  });
}

function asJson(bytes: Buffer, type = 'application/json'): Body {
  return {
    headers: [
      ['Content-Type', type],
      ['Content-Length', String(bytes.length)],
    ],
    bytes,
  };
}

function brokenBody(json: fc.Arbitrary<string>): fc.Arbitrary<Body> {
  return fc.oneof<fc.Arbitrary<Body>[]>(
    fc.tuple(json, fc.nat()).map(([text, at]) => asJson(Buffer.from(text.slice(0, at % (text.length + 1))))),
    json.map((text) => asJson(Buffer.from(`\ufeff${text}`))),
    json.map((text) => asJson(Buffer.from(`${text}x`))),
    json.map((text) => asJson(Buffer.from(`${text}\0`))),
    json.map((text) => asJson(Buffer.from(` \t\r\n${text}\n`))),
    json.map((text) => asJson(Buffer.from(text, 'utf16le'), 'application/json; charset=utf-16')),
    json.map((text) => asJson(Buffer.from(text, 'latin1'))),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => asJson(Buffer.from(bytes))),
    fc.tuple(json, fc.constantFrom(...contentTypes)).map(([text, type]) => asJson(Buffer.from(text), type)),
    json.map(
      (text): Body => ({
        headers: [['Content-Length', String(Buffer.byteLength(text))]],
        bytes: Buffer.from(text),
      }),
    ),
    json.map((text) => chunked(text, '')),
    json.map((text) => chunked(text, 'X-Trailer: 1\r\n')),
    json.map(
      (text): Body => ({
        headers: [
          ['Content-Type', 'application/json'],
          ['Transfer-Encoding', 'chunked'],
        ],
        bytes: Buffer.from(`zz\r\n${text}\r\n0\r\n\r\n`),
        spoilsConnection: true,
      }),
    ),
    json.map((text): Body => ({ ...asJson(Buffer.from(text)), headers: [['Content-Length', '-1']] })),
    json.map((text): Body => {
      const { headers, bytes } = chunked(text, '');
      return { headers: [...headers, ['Content-Length', '5']], bytes };
    }),
    fc.constant(asJson(Buffer.alloc(256 * 1024 + 1, ' '))),
  );
}

const contentTypes = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-7',
  'application/json;',
  'application/json, application/json',
  'APPLICATION/JSON',
  'application/vnd.api+json',
  'application/jsonx',
  '',
  ';',
  'x'.repeat(2000),
];

function chunked(text: string, trailer: string): Body {
  const bytes = Buffer.from(text);
  const chunk =
    bytes.length === 0 ? [] : [Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')];
  return {
    headers: [
      ['Content-Type', 'application/json'],
      ['Transfer-Encoding', 'chunked'],
    ],
    bytes: Buffer.concat([...chunk, Buffer.from(`0\r\n${trailer}\r\n`)]),
  };
}
