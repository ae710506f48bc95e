/** JSON values as the source text of another language. */

export interface Notation {
  readonly indent: string;
  /** Inside of the braces of an object on one line. */
  readonly padding: string;
  readonly words: Readonly<Record<'null' | 'true' | 'false', string>>;
  readonly key: (name: string) => string;
  readonly text: (value: string) => string;
}

const lineLengthMax = 70;

export const javaScript: Notation = {
  indent: '  ',
  padding: ' ',
  words: { null: 'null', true: 'true', false: 'false' },
  key: (name) => (/^[A-Za-z_]\w*$/.test(name) ? name : singleQuoted(name)),
  text: singleQuoted,
};

export const python: Notation = {
  indent: '    ',
  padding: '',
  words: { null: 'None', true: 'True', false: 'False' },
  key: (name) => JSON.stringify(name),
  text: (value) => JSON.stringify(value),
};

/** On one line where it is short, as the formatter of the language would have it. */
export function literal(value: unknown, notation: Notation, margin = ''): string {
  if (typeof value === 'string') return notation.text(value);
  if (value === null || typeof value === 'boolean') return notation.words[`${value}`];
  if (typeof value !== 'object') return String(value);
  const inner = margin + notation.indent;
  const items = Array.isArray(value)
    ? value.map((item) => literal(item, notation, inner))
    : Object.entries(value).map(([name, item]) => `${notation.key(name)}: ${literal(item, notation, inner)}`);
  const [open, close, padding] = Array.isArray(value) ? ['[', ']', ''] : ['{', '}', notation.padding];
  if (items.length === 0) return open + close;
  const line = `${open}${padding}${items.join(', ')}${padding}${close}`;
  if (!line.includes('\n') && margin.length + line.length <= lineLengthMax) return line;
  return `${open}\n${items.map((item) => `${inner}${item},\n`).join('')}${margin}${close}`;
}

function singleQuoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
