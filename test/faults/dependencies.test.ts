/** What is installed with the service: nothing that runs code when it is installed, unless allowed by name, and nothing unchecked. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { recordFigure } from '../support/figures.ts';

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

const readJson = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));
const lock = readJson('package-lock.json') as { packages: Record<string, LockedPackage> };
const manifest = readJson('package.json') as {
  allowScripts: Record<string, boolean>;
  scripts: Record<string, string>;
};
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** They ask for no more than that their text is kept. */
const permissive = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'Unlicense',
]);
const registry = 'https://registry.npmjs.org/';
const installScripts = ['preinstall', 'install', 'postinstall', 'prepare'];

test('no package runs a script when it is installed but those allowed by name, and none of these is needed to serve', () => {
  const running = packages.filter(([, { hasInstallScript }]) => hasInstallScript);
  const names = running.map(([path]) => nameOf(path));
  expect(names.filter((name) => manifest.allowScripts[name] !== true)).toEqual([]);
  expect(running.filter(([, { dev }]) => dev !== true)).toEqual([]);
  // Nor is anything allowed that is not there any more, nor does the service have one itself.
  expect(Object.keys(manifest.allowScripts).filter((name) => !names.includes(name))).toEqual([]);
  expect(installScripts.filter((name) => name in manifest.scripts)).toEqual([]);
});

test('every package is a version from a registry whose bytes are checked', async () => {
  const unchecked = packages.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-'));
  // Not said: from the registry of whoever installs it, whose bytes have to be the same.
  const elsewhere = packages.filter(
    ([, { resolved }]) => resolved !== undefined && !resolved.startsWith(registry),
  );
  expect(unchecked.map(([path]) => path)).toEqual([]);
  expect(elsewhere.map(([path]) => path)).toEqual([]);
  await recordFigure({
    topic: 'Dependencies',
    what: 'packages of the lock file: each has a SHA-512 hash, and none names another origin than the npm registry',
    tried: packages.length,
    survived: packages.filter((one) => !unchecked.includes(one) && !elsewhere.includes(one)).length,
    note: `${packages.filter(([, { dev }]) => dev !== true).length} of them serve`,
  });
});

test('what the service needs to run is under a permissive licence', () => {
  const serving = packages.filter(([, { dev }]) => dev !== true);
  expect(serving.length).toBeGreaterThan(50);
  expect(serving.filter(([, { license = '' }]) => !permissive.has(license)).map(([path]) => path)).toEqual(
    [],
  );
});
