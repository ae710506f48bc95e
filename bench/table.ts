import type { Row } from './scenario.ts';

const headings = {
  scenario: 'scenario',
  conditions: 'conditions',
  build: 'build',
  result: 'result',
  ofBare: 'of bare',
  cost: 'CPU and SQL each',
  goal: 'goal',
} as const satisfies Record<keyof Row, string>;

/** Empty when no row has a goal. */
export function goalsText(rows: readonly Row[]): string {
  const goals = rows.map(({ goal }) => goal).join('; ');
  const [met, missed] = [/: met/g, /: missed/g].map((word) => [...goals.matchAll(word)].length);
  return met === 0 && missed === 0 ? '' : `Goals: ${met} met, ${missed} missed.`;
}

const keys = ['scenario', 'conditions', 'build', 'result', 'ofBare', 'cost', 'goal'] as const;

/** Markdown, aligned to be read on a terminal too. Columns in which nothing stands are left out. */
export function tableText(rows: readonly Row[]): string {
  const columns = keys
    .filter((key) => rows.some((row) => row[key] !== ''))
    .map((key) => {
      const cells = [headings[key], ...rows.map((row) => row[key])];
      return { cells, width: Math.max(...cells.map((cell) => cell.length)) };
    });
  const line = (index: number) =>
    `| ${columns.map(({ cells, width }) => (cells[index] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = `|${columns.map(({ width }) => '-'.repeat(width + 2)).join('|')}|`;
  return [line(0), rule, ...rows.map((_, index) => line(index + 1))].join('\n');
}
