import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/domain/event-type.ts';
import { compilePayloadSchema } from '../../src/domain/payload-schema.ts';

function complaints(schema: JsonObject, payload: unknown): string[] {
  const compiled = compilePayloadSchema(schema);
  if (!compiled.ok) throw new Error(compiled.error);
  return compiled.value(payload);
}
const reason = (schema: JsonObject) => {
  const compiled = compilePayloadSchema(schema);
  return compiled.ok ? null : compiled.error;
};

describe('payload schema', () => {
  const invoice = {
    type: 'object',
    required: ['amount'],
    properties: { amount: { type: 'number' }, currency: { enum: ['EUR', 'USD'] }, due: { format: 'date' } },
    additionalProperties: false,
  };

  test('a payload that satisfies it has no complaints', () => {
    expect(complaints(invoice, { amount: 1, currency: 'EUR', due: '2026-01-15' })).toEqual([]);
  });

  test.each<[JsonObject, string]>([
    [{}, "payload must have required property 'amount'"],
    [{ amount: '1' }, 'payload/amount must be number'],
    [
      { amount: 1, currency: 'GBP' },
      'payload/currency must be equal to one of the allowed values: ["EUR","USD"]',
    ],
    [{ amount: 1, due: '30 February' }, 'payload/due must match format "date"'],
    [{ amount: 1, sum: 2 }, 'payload must NOT have additional properties: "sum"'],
  ])('%j is complained about', (payload, complaint) => {
    expect(complaints(invoice, payload)).toEqual([complaint]);
  });

  test('the keywords of 2020-12 count', () => {
    const pair = {
      properties: { pair: { prefixItems: [{ type: 'string' }, { type: 'number' }], items: false } },
    };
    expect(complaints(pair, { pair: ['a', 1] })).toEqual([]);
    expect(complaints(pair, { pair: [1] })).toEqual(['payload/pair/0 must be string']);
    expect(complaints({ unevaluatedProperties: false }, { a: 1 })).toEqual([
      'payload must NOT have unevaluated properties: "a"',
    ]);
  });

  test('at most ten complaints of at most 300 characters come back', () => {
    const many = { anyOf: Array.from({ length: 20 }, (_, index) => ({ required: [`a${index}`] })) };
    expect(complaints(many, {})).toHaveLength(10);
    const key = 'k'.repeat(1000);
    expect(complaints({ additionalProperties: { type: 'string' } }, { [key]: 1 })[0]).toHaveLength(300);
  });

  test.each<[JsonObject, string | RegExp]>([
    [{ type: 'objekt' }, /^schema\/type must be equal to one of the allowed values/],
    [{ required: 'amount' }, 'schema/required must be array'],
    [{ pattern: '(' }, /^schema\/pattern must match format "regex"|Invalid regular expression/],
    [
      { $ref: 'https://example.com/schema.json' },
      /can't resolve reference https:\/\/example.com\/schema.json/,
    ],
    [{ $ref: '#/$defs/missing' }, /can't resolve reference/],
    [{ $schema: 'http://json-schema.org/draft-07/schema#' }, /no schema with key or ref/],
    [{ $async: true }, 'schema/$async is not supported'],
  ])('the schema %j is refused', (schema, expected) => {
    expect(reason(schema)).toMatch(expected);
  });

  test('a schema may say that it is 2020-12, and hold an unknown format or keyword', () => {
    const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', format: 'colour', hue: 5 };
    expect(reason(schema)).toBeNull();
  });

  test('two schemas may carry the same $id', () => {
    const part = { $id: 'https://example.com/part', type: 'object' };
    expect(reason({ $id: 'https://example.com/a', properties: { part } })).toBeNull();
    expect(complaints({ $id: 'https://example.com/a', $defs: { part }, type: 'array' }, {})).toEqual([
      'payload must be array',
    ]);
  });

  test('a payload that is nested deeper than the stack is a complaint, not a crash', () => {
    const nested: unknown = JSON.parse(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
    const recursive = {
      $ref: '#/$defs/node',
      $defs: {
        node: { additionalProperties: { $ref: '#/$defs/node' }, items: { $ref: '#/$defs/node' } },
      },
    };
    expect(complaints(recursive, { a: [[1]] })).toEqual([]);
    expect(complaints(recursive, nested)).toEqual(['payload is nested too deeply to be checked']);
  });
});
