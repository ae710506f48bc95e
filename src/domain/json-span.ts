/**
 * Finds the exact source text of published payloads, so that they are delivered as they were written and not as
 * JSON.parse and JSON.stringify would rewrite them (1.10, 12345678901234567890, the order of keys).
 * Takes only text that JSON.parse has accepted; runs in one pass and without recursion.
 */

/** The source text of one published event. */
export interface EventText {
  /** The whole event, without white space around it. */
  readonly text: string;
  /** The value of its `payload`; undefined where there is none. */
  readonly payload: string | undefined;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Gets a key and where its value starts, and answers where the value ends. */
type VisitMember = (key: string, start: number) => number;

const code = {
  space: 0x20,
  quote: 0x22,
  comma: 0x2c,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const;

/**
 * One entry for each item of `events` when the body has such a list, else one entry for the body itself.
 * Of repeated keys the last one counts, as in JSON.parse.
 */
export function eventTexts(json: string): readonly EventText[] {
  const found: { items: readonly EventText[] | null } = { items: null };
  const body = readEvent(json, skipSpace(json, 0), (key, start) => {
    if (key !== 'events') return skipValue(json, start);
    found.items = json.charCodeAt(start) === code.openBracket ? [] : null;
    if (found.items === null) return skipValue(json, start);
    const { items, end } = readItems(json, start);
    found.items = items;
    return end;
  });
  return found.items ?? [body.event];
}

function readItems(json: string, start: number): { items: EventText[]; end: number } {
  const items: EventText[] = [];
  let position = skipSpace(json, start + 1);
  while (position < json.length && json.charCodeAt(position) !== code.closeBracket) {
    const { event, end } = readEvent(json, position, (_key, valueStart) => skipValue(json, valueStart));
    items.push(event);
    position = skipSeparator(json, end);
  }
  return { items, end: position + 1 };
}

/** Visits every member but `payload`, whose text it keeps. */
function readEvent(json: string, start: number, visit: VisitMember): { event: EventText; end: number } {
  const payload: { span: Span | null } = { span: null };
  const readMember: VisitMember = (key, valueStart) => {
    if (key !== 'payload') return visit(key, valueStart);
    const end = skipValue(json, valueStart);
    payload.span = { start: valueStart, end };
    return end;
  };
  const isObject = json.charCodeAt(start) === code.openBrace;
  const end = isObject ? readObject(json, start, readMember) : skipValue(json, start);
  const text = json.slice(start, end);
  return {
    event: { text, payload: payload.span ? json.slice(payload.span.start, payload.span.end) : undefined },
    end,
  };
}

function readObject(json: string, start: number, visit: VisitMember): number {
  let position = skipSpace(json, start + 1);
  while (position < json.length && json.charCodeAt(position) !== code.closeBrace) {
    const keyEnd = skipString(json, position);
    const colon = skipSpace(json, keyEnd);
    const end = visit(keyOf(json.slice(position, keyEnd)), skipSpace(json, colon + 1));
    position = skipSeparator(json, end);
  }
  return position + 1;
}

/** A key can be written with escapes: `"pay\u006coad"`. */
function keyOf(literal: string): string {
  return literal.includes('\\') ? String(JSON.parse(literal)) : literal.slice(1, -1);
}

function skipSpace(json: string, start: number): number {
  let position = start;
  while (json.charCodeAt(position) <= code.space) position++;
  return position;
}

/** To the next member or item, or to the closing bracket. */
function skipSeparator(json: string, start: number): number {
  const position = skipSpace(json, start);
  return json.charCodeAt(position) === code.comma ? skipSpace(json, position + 1) : position;
}

/** From the opening quote to after the closing one. */
function skipString(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end === -1 ? json.length : end + 1;
}

function isEscaped(json: string, position: number): boolean {
  let first = position;
  while (json.charCodeAt(first - 1) === code.backslash) first--;
  return (position - first) % 2 === 1;
}

function skipValue(json: string, start: number): number {
  const first = json.charCodeAt(start);
  if (first === code.quote) return skipString(json, start);
  return first === code.openBrace || first === code.openBracket
    ? skipNested(json, start)
    : skipScalar(json, start);
}

/** Counts brackets instead of descending, so that the depth of a value costs nothing. */
function skipNested(json: string, start: number): number {
  let depth = 0;
  let position = start;
  while (position < json.length) {
    const character = json.charCodeAt(position);
    if (character === code.quote) {
      position = skipString(json, position);
      continue;
    }
    position++;
    if (character === code.openBrace || character === code.openBracket) depth++;
    else if (character === code.closeBrace || character === code.closeBracket) depth--;
    if (depth === 0) return position;
  }
  return position;
}

function skipScalar(json: string, start: number): number {
  let position = start;
  while (position < json.length && !endsScalar(json.charCodeAt(position))) position++;
  return position;
}

function endsScalar(character: number): boolean {
  return (
    character <= code.space ||
    character === code.comma ||
    character === code.closeBracket ||
    character === code.closeBrace
  );
}
