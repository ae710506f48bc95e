/** JSON text that goes into an answer as it is: a payload keeps its key order and its numbers as they were written. */
export interface RawJson {
  readonly [rawText]: string;
}

const rawText = Symbol('raw JSON text');

export function rawJson(text: string): RawJson {
  return { [rawText]: text };
}

function isRawJson(value: object): value is RawJson {
  return rawText in value;
}

/** JSON.stringify for plain data that may hold RawJson at any depth. */
export function jsonText(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isRawJson(value)) return value[rawText];
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${jsonText(member)}`);
  return `{${members.join(',')}}`;
}
