/** Collects the figures of the fault tests of one run and, when it is asked to, writes them into docs/reliability.md. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import type { Figure } from './figures.ts';

const page = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url));

export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'posthorn-figures-'));
  const file = join(directory, 'figures.jsonl');
  await writeFile(file, '');
  provide('figuresFile', file);
  return async () => {
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    if (process.env.UPDATE_FIGURES === 'yes') await updatePage(lines.map(figureOf));
    await rm(directory, { recursive: true, force: true });
  };
}

function figureOf(line: string): Figure {
  return JSON.parse(line) as Figure;
}

async function updatePage(figures: readonly Figure[]): Promise<void> {
  let text = await readFile(page, 'utf8');
  for (const topic of new Set(figures.map((figure) => figure.topic))) {
    const opening = `<!-- figures: ${topic} -->\n`;
    const start = text.indexOf(opening);
    const end = text.indexOf('<!-- end -->', start);
    if (start < 0 || end < 0)
      throw new Error(`docs/reliability.md has no place for the figures of "${topic}"`);
    const table = tableOf(figures.filter((figure) => figure.topic === topic));
    text = `${text.slice(0, start + opening.length)}${table}${text.slice(end)}`;
  }
  await writeFile(page, text);
}

function tableOf(figures: readonly Figure[]): string {
  const rows = figures
    .toSorted((a, b) => a.what.localeCompare(b.what))
    .map(({ what, tried, survived, lost, duplicated, note }) =>
      [what, tried, survived, lost ?? '', duplicated ?? '', note ?? ''].join(' | '),
    );
  const head = ['What was done | Tried | Survived | Lost | Sent twice | Note', '---|---|---|---|---|---'];
  return `${[...head, ...rows].map((row) => `| ${row} |`).join('\n')}\n`;
}
