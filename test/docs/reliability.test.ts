/** What docs/reliability.md says beside its figures, which the fault tests write. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { areas, namesInCi, withFigures, withSums } from '../support/reliability-page.ts';
import { readPage, repository } from './markdown.ts';

const page = readPage('docs/reliability.md').text;
const inCi = namesInCi(readFileSync(join(repository, '.ci/run'), 'utf8'));

test('the sums at its top are those of its tables, and CI runs what it says', () => {
  expect(withSums(page, inCi)).toBe(page);
  expect(withSums(page, inCi.slice(1))).not.toBe(page);
});

test('every file of fault tests belongs to one area, and every part of a name in CI finds one', () => {
  const files = readdirSync(join(repository, 'test/faults')).map((file) => file.replace(/\.test\.ts$/, ''));
  const named = areas.flatMap((area) => area.files);
  expect([...named].sort()).toEqual(files.sort());
  expect(inCi.filter((part) => !files.some((file) => file.includes(part)))).toEqual([]);
});

test('new figures take the place of all of their topic, and the sums follow', () => {
  const figures = [
    { topic: 'Clocks', what: 'one', tried: 3, survived: 3, lost: 0, duplicated: 2, note: 'a note' },
    { topic: 'Clocks', what: 'another', tried: 4, survived: 4 },
  ];
  const text = withSums(withFigures(page, figures, 'today'), inCi);
  expect(text).toContain(
    '--- |\n| another | 4 | 4 |  |  |  |\n| one | 3 | 3 | 0 | 2 | a note |\n<!-- end -->',
  );
  expect(text).toContain('| [Clocks](#clocks) | `clock` | yes | 7 | 7 | 0 | 2 |');
  expect(text).toContain('<!-- run: faults -->\n- `npm run test:faults`: today\n<!-- end -->');
});
