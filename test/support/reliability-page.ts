/** docs/reliability.md as text: figures put into its tables, and the sums at its top that follow from them. */
import type { Figure } from './figures.ts';

/** The parts of names that .ci/run passes to the fault tests. */
export function namesInCi(script: string): string[] {
  const [, names] = /^faults=\(([^)]*)\)/m.exec(script) ?? [];
  if (names === undefined) throw new Error('.ci/run has no list of fault tests');
  return names.trim().split(/\s+/);
}

interface Area {
  readonly name: string;
  /** The heading its table stands under, and the name of that in the figures. */
  readonly section: string;
  readonly topic: string;
  /** Of test/faults, without `.test.ts`. */
  readonly files: readonly string[];
}

export const areas: readonly Area[] = [
  {
    name: 'kill -9',
    section: 'Process killed',
    topic: 'Process killed',
    files: ['kill', 'kill-steps', 'kill-migration', 'initialisation'],
  },
  { name: 'Shutdown', section: 'Shutdown', topic: 'Shutdown', files: ['shutdown'] },
  {
    name: 'Database away, slow, silent',
    section: 'Database',
    topic: 'Database',
    files: ['postgres-server', 'postgres-network'],
  },
  { name: 'Clocks', section: 'Clocks', topic: 'Clocks', files: ['clock'] },
  { name: 'Disk full', section: 'Disk full', topic: 'Disk full', files: ['disk-full', 'disk-full-start'] },
  {
    name: 'Upgrades',
    section: 'Upgrades',
    topic: 'Upgrades',
    files: ['upgrade', 'rolling-upgrade', 'rolling-upgrade-locks'],
  },
  { name: 'Receivers', section: 'Receivers that misbehave', topic: 'Receivers', files: ['receivers'] },
  {
    name: 'SSRF',
    section: 'Forbidden addresses',
    topic: 'Forbidden addresses',
    files: ['ssrf', 'rebinding'],
  },
  {
    name: 'Accounts apart',
    section: 'Accounts apart',
    topic: 'Accounts apart',
    files: ['tenancy', 'tenancy-keys'],
  },
  { name: 'Input', section: 'Input', topic: 'Input', files: ['fuzz'] },
  {
    name: 'Secrets',
    section: 'Secrets',
    topic: 'Secrets',
    files: ['secrets', 'secret-key-rotation', 'lock-out'],
  },
  { name: 'Abuse', section: 'Abuse', topic: 'Abuse', files: ['slow-clients', 'starvation'] },
  { name: 'Dependencies', section: 'Dependencies', topic: 'Dependencies', files: ['dependencies'] },
  { name: 'Load held', section: 'Load held', topic: 'Load held', files: [] },
];

const figureColumns = ['What was done', 'Tried', 'Survived', 'Lost', 'Sent twice', 'Note'];
const sumColumns = ['Area', 'Run it alone', 'In CI', 'Tried', 'Survived', 'Lost', 'Sent twice'];

/** With the tables of the topics that the figures are of written anew, and the circumstances of their run. */
export function withFigures(page: string, figures: readonly Figure[], circumstances: string): string {
  let text = page;
  for (const topic of new Set(figures.map((figure) => figure.topic))) {
    text = withBlock(text, `figures: ${topic}`, figureTable(figures.filter((one) => one.topic === topic)));
  }
  const run = figures.some(({ topic }) => topic === 'Load held') ? 'soak' : 'faults';
  return withBlock(text, `run: ${run}`, `- \`npm run test:${run}\`: ${circumstances}\n`);
}

/** @param inCi parts of the names of those files that CI runs */
export function withSums(page: string, inCi: readonly string[]): string {
  const rows = areas.map(({ name, section, topic, files }) => {
    const columns = figureRows(page, topic);
    const sums = [1, 2, 3, 4].map((column) => sumOf(columns.map((row) => row[column] ?? '')));
    const anchor = section.toLowerCase().replaceAll(' ', '-');
    const run = files.map((file) => `\`${file}\``).join(', ');
    const tested = files.filter((file) => inCi.some((part) => file.includes(part)));
    const inCiText = tested.length === files.length ? 'yes' : tested.map((file) => `\`${file}\``).join(', ');
    return [
      `[${name}](#${anchor})`,
      files.length === 0 ? '`npm run test:soak`' : run,
      files.length === 0 || tested.length === 0 ? 'no' : inCiText,
      ...sums,
    ];
  });
  return withBlock(page, 'sums', table(sumColumns, rows));
}

function figureTable(figures: readonly Figure[]): string {
  const rows = figures
    .toSorted((a, b) => a.what.localeCompare(b.what))
    .map(({ what, tried, survived, lost, duplicated, note }) => [
      what,
      String(tried),
      String(survived),
      String(lost ?? ''),
      String(duplicated ?? ''),
      note ?? '',
    ]);
  return table(figureColumns, rows);
}

/** The cells of a topic's table, without its head. */
function figureRows(page: string, topic: string): string[][] {
  const { start, end } = blockOf(page, `figures: ${topic}`);
  const lines = page.slice(start, end).trimEnd().split('\n').slice(2);
  return lines.map((line) => line.replace(/^\| | \|$/g, '').split(' | '));
}

/** Empty where none of the cells says a number. */
function sumOf(cells: readonly string[]): string {
  const numbers = cells.filter((cell) => cell.trim() !== '').map(Number);
  return numbers.length === 0 ? '' : String(numbers.reduce((sum, number) => sum + number, 0));
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [
    columns.join(' | '),
    columns.map(() => '---').join('|'),
    ...rows.map((row) => row.join(' | ')),
  ];
  return `${lines.map((line) => `| ${line} |`).join('\n')}\n`;
}

function withBlock(page: string, name: string, content: string): string {
  const { start, end } = blockOf(page, name);
  return `${page.slice(0, start)}${content}${page.slice(end)}`;
}

/** Where the lines between the mark of this name and the next end are. */
function blockOf(page: string, name: string): { readonly start: number; readonly end: number } {
  const opening = `<!-- ${name} -->\n`;
  const start = page.indexOf(opening);
  const end = page.indexOf('<!-- end -->', start);
  if (start < 0 || end < 0) throw new Error(`docs/reliability.md has no place for "${name}"`);
  return { start: start + opening.length, end };
}
