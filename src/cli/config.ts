import type { Command } from 'commander';
import { type ConfigRow, describeConfig, readConfig } from '../config.ts';
import { problemList } from './checked-config.ts';
import { exitCodes } from './exit-codes.ts';

export function addConfig(program: Command): void {
  program
    .command('config')
    .description('Show every setting, its value and its default')
    .option('--markdown', 'as the table of docs/configuration.md, without values')
    .action(showConfig);
}

function showConfig({ markdown = false }: { markdown?: boolean }): void {
  const rows = describeConfig();
  if (markdown) {
    process.stdout.write(markdownTable(rows));
    return;
  }
  process.stdout.write(alignedTable(rows));
  const config = readConfig();
  if (config.ok) return;
  process.stderr.write(`\n${problemList(config.error)}`);
  process.exitCode = exitCodes.usage;
}

const legend = '* set in the environment   ! wrong or missing';

/** The values in force, each row beginning with its mark of the legend. */
function alignedTable(rows: readonly ConfigRow[]): string {
  const table = [
    ['', 'NAME', 'VALUE', 'DEFAULT', 'MEANING'],
    ...rows.map((row) => [markOf(row), row.name, row.value, row.default, row.meaning]),
  ];
  const columns = table[0]?.map((_, column) => table.map((cells) => cells[column] ?? '')) ?? [];
  const widths = columns.map((cells) => Math.max(1, ...cells.map((cell) => cell.length)));
  const lines = table.map((cells) =>
    cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '),
  );
  return [...lines, '', legend].map((line) => `${line.trimEnd()}\n`).join('');
}

function markOf({ problem, isSet }: ConfigRow): string {
  if (problem !== null) return '!';
  return isSet ? '*' : '';
}

export function markdownTable(rows: readonly ConfigRow[]): string {
  const lines = rows.map((row) => `| \`${row.name}\` | ${row.default} | ${row.accepts} | ${row.meaning} |`);
  return ['| Variable | Default | Must be | Meaning |', '|---|---|---|---|', ...lines, ''].join('\n');
}
