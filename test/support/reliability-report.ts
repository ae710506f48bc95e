/**
 * Collects the figures of the fault tests of one run and, when it is asked to, writes them into docs/reliability.md: those
 * of a complete and green run, because tables are written whole.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { describeCircumstances } from './circumstances.ts';
import type { Figure } from './figures.ts';
import { namesInCi, withFigures, withSums } from './reliability-page.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const page = join(repository, 'docs/reliability.md');

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'posthorn-figures-'));
  const file = join(directory, 'figures.jsonl');
  await writeFile(file, '');
  project.provide('figuresFile', file);
  return async () => {
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    if (process.env.UPDATE_FIGURES === 'yes') await updateAfter(project, lines);
    await rm(directory, { recursive: true, force: true });
  };
}

async function updateAfter(project: TestProject, lines: readonly string[]): Promise<void> {
  const missing = await missingIn(project);
  if (missing.length === 0) return updatePage(lines.map(figureOf));
  process.exitCode = 1;
  process.stderr.write(
    `docs/reliability.md was left as it is, because its tables need all tests to have passed. Not so:\n${missing.join('\n')}\n`,
  );
}

/** The files that did not run or not to their end, and the tests that did not pass. */
async function missingIn(project: TestProject): Promise<string[]> {
  const modules = new Map(
    project.vitest.state.getTestModules().map((module) => [module.moduleId, module] as const),
  );
  const { testFiles } = await project.globTestFiles();
  return testFiles.flatMap((file) => {
    const module = modules.get(file);
    if (module === undefined || !module.ok()) return [`  ${relative(repository, file)}`];
    const unpassed = [...module.children.allTests()].filter((test) => test.result().state !== 'passed');
    return unpassed.map((test) => `  ${relative(repository, file)}: ${test.name}`);
  });
}

function figureOf(line: string): Figure {
  return JSON.parse(line) as Figure;
}

async function updatePage(figures: readonly Figure[]): Promise<void> {
  const inCi = namesInCi(await readFile(join(repository, '.ci/run'), 'utf8'));
  const text = withFigures(await readFile(page, 'utf8'), figures, await describeCircumstances());
  await writeFile(page, withSums(text, inCi));
}
