/**
 * Checks of single fields, from which the inputs of both APIs are made. A check gives the value or says what is
 * wrong in the style of the public API: `Retry count must be between 1 and 5`.
 */
import { parseInstant } from './instant.ts';
import { hasIssues, type Issue, type Issues } from './issue.ts';
import { accept, type Result, refuse } from './result.ts';
import { isStorableText } from './text.ts';

export type Checked<Value> = Result<Value, readonly Issue[]>;
export type Fields = Readonly<Record<string, unknown>>;

/** All values when every check passed, else all issues in the order of the keys. */
export function together<Checks extends Readonly<Record<string, Checked<unknown>>>>(
  checks: Checks,
): Result<{ readonly [Key in keyof Checks]: ValueOf<Checks[Key]> }, Issues> {
  const issues: Issue[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, check] of Object.entries(checks)) {
    if (check.ok) values[key] = check.value;
    else issues.push(...check.error);
  }
  if (hasIssues(issues)) return refuse(issues);
  return accept(values as { [Key in keyof Checks]: ValueOf<Checks[Key]> });
}

type ValueOf<Check> = Check extends { readonly ok: true; readonly value: infer Value } ? Value : never;

/** One issue of one field; the message is the field's name in words and the complaint. */
export function wrong(field: string, complaint: string): Result<never, Issues> {
  return refuse([{ field, message: `${inWords(field)} ${complaint}` }]);
}

/** An optional field counts as absent when it is null: some clients write every field they know. */
export function optional<Value>(
  value: unknown,
  check: (value: unknown) => Checked<Value>,
): Checked<Value | undefined> {
  return value === undefined || value === null ? accept(undefined) : check(value);
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function checkBody(body: unknown): Result<Fields, Issues> {
  if (isFields(body)) return accept(body);
  return refuse([{ field: 'body', message: 'The request body must be a JSON object' }]);
}

/** Characters are counted as JSON Schema and PostgreSQL count them: by code point. */
export function checkText(value: unknown, field: string, lengthMax: number): Checked<string> {
  if (value === undefined || value === null) return wrong(field, 'is required');
  if (typeof value !== 'string') return wrong(field, 'must be a string');
  if (value.trim() === '') return wrong(field, 'is required');
  if (value.length > lengthMax && [...value].length > lengthMax) {
    return wrong(field, `must be between 1 and ${lengthMax} characters`);
  }
  return isStorableText(value)
    ? accept(value)
    : wrong(field, 'must not contain NUL or half a surrogate pair');
}

export function checkInteger(
  value: unknown,
  field: string,
  range: { readonly min: number; readonly max: number },
): Checked<number> {
  if (typeof value === 'number' && Number.isInteger(value) && value >= range.min && value <= range.max) {
    return accept(value);
  }
  return wrong(field, `must be between ${range.min} and ${range.max}`);
}

export function checkFlag(value: unknown, field: string): Checked<boolean> {
  return typeof value === 'boolean' ? accept(value) : wrong(field, 'must be true or false');
}

export function checkChoice<Choice extends string>(
  value: unknown,
  field: string,
  choices: readonly Choice[],
): Checked<Choice> {
  const choice = choices.find((candidate) => candidate === value);
  return choice === undefined ? wrong(field, `must be one of ${choices.join(', ')}`) : accept(choice);
}

export function checkInstant(value: unknown, field: string): Checked<Date> {
  const moment = typeof value === 'string' ? parseInstant(value) : null;
  return moment === null
    ? wrong(field, 'must be an ISO 8601 date such as 2026-01-15T10:30:00Z')
    : accept(moment);
}

/** A client's own words in a message: quoted, and clipped so that an answer stays small. */
export function quoted(value: unknown): string {
  const text = String(JSON.stringify(value));
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** `events[3].request_id` → `Request ID`. */
function inWords(field: string): string {
  const words = field
    .slice(field.lastIndexOf('.') + 1)
    .split('_')
    .map((word) => (word === 'id' || word === 'url' ? word.toUpperCase() : word))
    .join(' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
