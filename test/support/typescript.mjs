/**
 * `node --import` this to run the TypeScript sources in a process of their own, on every supported Node: tests that
 * spawn programs need no build. Types are only stripped; `tsc` checks them elsewhere.
 */
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import ts from 'typescript';

// Node loads this file a second time in the thread where it runs the hook below.
if (isMainThread) register(import.meta.url);

export async function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context);
  const source = await readFile(new URL(url), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      inlineSourceMap: true,
    },
    fileName: url,
  });
  return { format: 'module', source: outputText, shortCircuit: true };
}
