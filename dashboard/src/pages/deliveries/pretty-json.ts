/**
 * Indents JSON without reading it as values: numbers, escapes and the order of keys stay as they were sent. What is no JSON
 * comes back with odd line breaks, and nothing lost.
 */
export function prettyJson(text: string): string {
  const pieces: string[] = [];
  let depth = 0;
  const breakLine = () => pieces.push(`\n${'  '.repeat(Math.max(depth, 0))}`);
  for (const [token] of text.matchAll(tokens)) {
    if (token === '{' || token === '[') {
      pieces.push(token);
      depth += 1;
      breakLine();
    } else if (token === '}' || token === ']') {
      depth -= 1;
      breakLine();
      pieces.push(token);
    } else if (token === ',') {
      pieces.push(token);
      breakLine();
    } else {
      pieces.push(token === ':' ? ': ' : token);
    }
  }
  return pieces.join('');
}

/** A whole string, an empty object or list, a sign, or what stands between; white space is none. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"?|\{\s*\}|\[\s*\]|[{}[\]:,]|[^\s"{}[\]:,]+/gs;
