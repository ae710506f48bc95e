/** What a platform puts into the catalogue of event types (contract B). */
import {
  type Checked,
  checkBody,
  checkFlag,
  checkText,
  isFields,
  optional,
  together,
  wrong,
} from './check.ts';
import { canonicalParent, type EventType, type JsonObject, parentOf, suffixOf } from './event-type.ts';
import type { Issues } from './issue.ts';
import { compilePayloadSchema } from './payload-schema.ts';
import { accept, type Result } from './result.ts';

export const eventTypeNamePattern = '^[a-z][a-z0-9_]{0,63}(\\.[a-z][a-z0-9_]{0,63})?$';
const namePattern = new RegExp(eventTypeNamePattern);
const displayNameLengthMax = 255;
const descriptionLengthMax = 1000;

/** An entry is replaced whole: what is absent gets its default. */
export function parseEventType(name: string, body: unknown): Result<EventType, Issues> {
  const fields = checkBody(body);
  if (!fields.ok) return fields;
  const { display_name, description, is_active, schema } = fields.value;
  const input = together({
    name: checkName(name),
    displayName: optional(display_name, (value) => checkText(value, 'display_name', displayNameLengthMax)),
    description: optional(description, (value) => checkText(value, 'description', descriptionLengthMax)),
    isActive: optional(is_active, (value) => checkFlag(value, 'is_active')),
    schema: optional(schema, checkSchema),
  });
  if (!input.ok) return input;
  return accept({
    name,
    parent: suffixOf(name) === null ? null : parentOf(name),
    displayName: input.value.displayName ?? inWords(name),
    description: input.value.description ?? null,
    isActive: input.value.isActive ?? true,
    schema: input.value.schema ?? null,
  });
}

function checkName(name: string): Checked<string> {
  if (!namePattern.test(name)) {
    return wrong(
      'name',
      'must be like invoice or invoice.paid: lower-case letters, digits and _, at most 64 a part',
    );
  }
  const [parent = name] = name.split('.');
  const canonical = canonicalParent(parent);
  return canonical === parent
    ? accept(name)
    : wrong('name', `must use ${canonical} instead of its alias ${parent}`);
}

function checkSchema(value: unknown): Checked<JsonObject> {
  if (!isJsonObject(value)) return wrong('schema', 'must be a JSON object');
  const compiled = compilePayloadSchema(value);
  return compiled.ok ? accept(value) : wrong('schema', `must be a JSON Schema 2020-12: ${compiled.error}`);
}

/** The body was parsed from JSON, so its values are JSON values. */
function isJsonObject(value: unknown): value is JsonObject {
  return isFields(value);
}

/** `contact.opt_in` → `Contact opt in`. */
function inWords(name: string): string {
  const words = name.replaceAll(/[._]/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
