const code = {
  quote: 0x22,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const;

/**
 * Whether JSON text is nested deeper than this many levels. JSON.parse takes any depth, but whoever walks its result by
 * recursion, such as JSON.stringify, runs out of stack at some thousands. Takes only text that JSON.parse has accepted.
 */
export function isNestedDeeper(json: string, levels: number): boolean {
  let depth = 0;
  for (let position = 0; position < json.length; position++) {
    const char = json.charCodeAt(position);
    if (char === code.quote) position = endOfString(json, position);
    else if (char === code.openBracket || char === code.openBrace) depth++;
    else if (char === code.closeBracket || char === code.closeBrace) depth--;
    if (depth > levels) return true;
  }
  return false;
}

function endOfString(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end;
}

/** A quote ends its string unless an odd number of backslashes stands before it. */
function isEscaped(json: string, quote: number): boolean {
  let start = quote;
  while (json.charCodeAt(start - 1) === code.backslash) start--;
  return (quote - start) % 2 === 1;
}
