import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { errorTable } from '../../src/errors.ts';

test('docs/errors.md lists exactly the errors of the table, in its order', async () => {
  const text = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const documented = text
    .split('\n')
    .filter((line) => /^\| \d{3} \|/.test(line))
    .map((line) => line.split(' | ').map((cell) => cell.replaceAll('|', '').trim()));
  const expected = Object.values(errorTable).map(({ status, code, message }) => [
    String(status),
    code,
    message,
  ]);
  expect(documented.map((cells) => cells.slice(0, 3))).toEqual(expected);
  for (const [, , , advice] of documented) expect(advice).not.toBe('');
});
