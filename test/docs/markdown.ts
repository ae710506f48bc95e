/** Reads the repository's Markdown pages: the small part of Markdown that the tests of documents need. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../../', import.meta.url));
const notOurs = new Set(['node_modules', 'dist', 'data', '.git']);

export interface Page {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

export interface Fence {
  readonly language: string;
  readonly code: string;
}

export function readPage(path: string): Page {
  return { path, text: readFileSync(join(repository, path), 'utf8') };
}

/** Every Markdown page of the repository. */
export function allPages(directory = repository): Page[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return notOurs.has(entry.name) ? [] : allPages(path);
    return entry.name.endsWith('.md') ? [readPage(relative(repository, path))] : [];
  });
}

const fencePattern = /^```(\w*)[^\n]*\n(.*?)^```$/gms;

export function fencesOf(text: string): Fence[] {
  return [...text.matchAll(fencePattern)].map(([, language = '', code = '']) => ({ language, code }));
}

/** The text under a heading, to the next heading of its level or above. */
export function sectionOf(text: string, heading: string): string {
  const [marks = ''] = heading.split(' ');
  const [, after] = `\n${text}`.split(`\n${heading}\n`);
  if (after === undefined) throw new Error(`there is no heading "${heading}"`);
  const [section = ''] = after.split(new RegExp(`^#{1,${marks.length}} `, 'm'));
  return section;
}

/** The cells of every table row, without the line under the head. */
export function tableRows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^[|\s:-]+$/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

/** Where links and images lead, code left out. */
export function linkTargets(text: string): string[] {
  const prose = text.replaceAll(fencePattern, '').replaceAll(/`[^`\n]*`/g, '');
  const inline = prose.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g);
  const references = prose.matchAll(/^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)>?/gm);
  return [...inline, ...references].map(([, target = '']) => target);
}

/** The anchors that headings get on the repository's pages. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.replaceAll(fencePattern, '').matchAll(/^#{1,6} (.+)$/gm)) {
    const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = words.replaceAll(/[^\p{L}\p{N}_\- ]/gu, '').replaceAll(' ', '-');
    let anchor = slug;
    for (let repetition = 1; anchors.has(anchor); repetition++) anchor = `${slug}-${repetition}`;
    anchors.add(anchor);
  }
  return anchors;
}
