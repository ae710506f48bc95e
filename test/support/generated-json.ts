/**
 * JSON made from the schemas of the OpenAPI document, valid at first and then spoilt. Kept as a tree of text, because
 * repeated keys, 1e400 and numbers of thirty digits do not survive as values.
 */
import fc from 'fast-check';
import { hostileJson, hostileKeys, hostileText } from './generated-nonsense.ts';

export type Json =
  | { readonly text: string }
  | { readonly members: readonly (readonly [key: string, value: Json])[] }
  | { readonly items: readonly Json[] };

/** What the generator reads of a schema. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly format?: string;
}

export interface SchemaContext {
  readonly components: Readonly<Record<string, Schema>>;
  /** Values that mean something to the service, by the name of the field. */
  readonly known: Readonly<Record<string, readonly unknown[]>>;
}

export function jsonText(json: Json): string {
  if ('text' in json) return json.text;
  if ('items' in json) return `[${json.items.map(jsonText).join(',')}]`;
  return `{${json.members.map(([key, value]) => `${JSON.stringify(key)}:${jsonText(value)}`).join(',')}}`;
}

/** What the schema allows, its bounds and one beyond them; `field` is the name it stands under. */
export function jsonOf(schema: Schema, context: SchemaContext, field = ''): fc.Arbitrary<Json> {
  const known = context.known[field];
  const generated = generatedJson(schema, context, field);
  if (known === undefined) return generated;
  return fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...known).map(literal) },
    { weight: 1, arbitrary: generated },
  );
}

function generatedJson(schema: Schema, context: SchemaContext, field: string): fc.Arbitrary<Json> {
  if (schema.$ref !== undefined) return jsonOf(resolve(schema.$ref, context), context, field);
  // Of NewEvent: two ways to name it, beside its properties.
  if (schema.properties !== undefined || schema.type === 'object') return objectOf(schema, context);
  if (schema.anyOf !== undefined) {
    return fc.oneof(...schema.anyOf.map((choice) => jsonOf(choice, context, field)));
  }
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum).map(literal);
  if (schema.items !== undefined) return listOf(schema, schema.items, context);
  return scalarOf(schema).map(literal);
}

function resolve(ref: string, { components }: SchemaContext): Schema {
  const schema = components[ref.slice(ref.lastIndexOf('/') + 1)];
  if (schema === undefined) throw new Error(`${ref} is not in the document`);
  return schema;
}

function objectOf(schema: Schema, context: SchemaContext): fc.Arbitrary<Json> {
  const required = new Set(schema.required);
  const members = Object.entries(schema.properties ?? {}).map(([key, property]) => {
    const member = jsonOf(property, context, key).map((value) => [[key, value] as const]);
    return required.has(key) ? member : fc.oneof(member, fc.constant([]));
  });
  const others = schema.additionalProperties === undefined ? fc.constant([]) : otherMembers(schema, context);
  return fc.tuple(others, ...members).map((parts) => ({ members: parts.flat() }));
}

function otherMembers({ additionalProperties }: Schema, context: SchemaContext) {
  const rule = typeof additionalProperties === 'object' ? additionalProperties : {};
  const key = fc.oneof(fc.string(), fc.constantFrom('message', 'messages', 'contact', ...hostileKeys));
  const value = Object.keys(rule).length === 0 ? anyJson : jsonOf(rule, context);
  return fc.array(fc.tuple(key, value), { maxLength: 4 });
}

function listOf(schema: Schema, items: Schema, context: SchemaContext): fc.Arbitrary<Json> {
  const list = (minLength: number, maxLength: number) =>
    fc.array(jsonOf(items, context), { minLength, maxLength }).map((found) => ({ items: found }));
  return fc.oneof(
    { weight: 8, arbitrary: list(schema.minItems ?? 0, 4) },
    { weight: 1, arbitrary: list(0, 0) },
  );
}

function scalarOf(schema: Schema): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number':
      return numberAround(schema.minimum ?? 0, schema.maximum ?? 1_000_000);
    case 'null':
      return fc.constant(null);
    default:
      return textOf(schema);
  }
}

function numberAround(minimum: number, maximum: number): fc.Arbitrary<number> {
  return fc.oneof(
    fc.integer({ min: minimum, max: maximum }),
    fc.constantFrom(minimum - 1, minimum, maximum, maximum + 1, minimum + 0.5),
  );
}

function textOf({ format, pattern, minLength = 0, maxLength = 300 }: Schema): fc.Arbitrary<string> {
  if (format === 'uuid')
    return fc.oneof(
      fc.uuid(),
      fc.uuid().map((id) => id.toUpperCase()),
    );
  if (format === 'date-time') return moments;
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  const edges = [minLength - 1, minLength, maxLength, maxLength + 1].filter((length) => length >= 0);
  return fc.oneof(
    fc.string({ unit: 'grapheme', minLength, maxLength: minLength + 40 }),
    fc.constantFrom(...edges).map((length) => 'x'.repeat(length)),
    fc.constantFrom(...edges).map((length) => '𝄞'.repeat(length)),
  );
}

const moments = fc.oneof(
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom(
    '2026-02-30T00:00:00Z',
    '9999-12-31T23:59:59-23:59',
    '0000-01-01T00:00:00Z',
    '2026-01-15',
    '2026-01-15T10:30:00',
    '2026-01-15T24:00:00Z',
    '2026-01-15T10:30:60Z',
    '+275760-09-13T00:00:00.000Z',
  ),
);

function literal(value: unknown): Json {
  return { text: JSON.stringify(value) };
}

const anyJson: fc.Arbitrary<Json> = fc.oneof(
  fc.jsonValue().map(literal),
  fc.constantFrom(...hostileJson).map((text) => ({ text })),
);

type Change = 'replace' | 'remove' | 'repeat' | 'add';

/** The same with one to three things wrong in it. */
export function spoilt(json: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  const change = fc.record({
    change: fc.constantFrom<Change>('replace', 'replace', 'remove', 'repeat', 'add'),
    at: fc.nat(),
    key: fc.oneof(fc.constantFrom(...hostileKeys), fc.string()),
    value: fc.oneof(anyJson, fc.constantFrom(...hostileText).map(literal)),
  });
  return fc
    .tuple(json, fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([whole, changes]) => changes.reduce((spoiling, one) => spoil(spoiling, one), whole));
}

interface Spoiling {
  readonly change: Change;
  /** Which of all the places, counted in the order of the text; beyond the last it starts again. */
  readonly at: number;
  readonly key: string;
  readonly value: Json;
}

function spoil(json: Json, spoiling: Spoiling): Json {
  const places = placesIn(json);
  let left = spoiling.at % places;
  const walk = (node: Json): Json => {
    if (left-- === 0)
      return 'members' in node
        ? { members: [...node.members, [spoiling.key, spoiling.value]] }
        : spoiling.value;
    if ('text' in node) return node;
    if ('items' in node) return { items: node.items.map(walk) };
    return { members: node.members.flatMap((member) => spoilMember(member)) };
  };
  const spoilMember = ([key, value]: readonly [string, Json]): (readonly [string, Json])[] => {
    if (left !== 0 || spoiling.change === 'add') return [[key, walk(value)]];
    left--;
    if (spoiling.change === 'remove') return [];
    if (spoiling.change === 'repeat')
      return [
        [key, value],
        [key, spoiling.value],
      ];
    return [[key, spoiling.value]];
  };
  return walk(json);
}

function placesIn(json: Json): number {
  if ('text' in json) return 1;
  const inside = 'items' in json ? json.items : json.members.map(([, value]) => value);
  return inside.reduce((sum, value) => sum + placesIn(value), 1);
}
