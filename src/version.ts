/** The version of the package, for its API, its User-Agent and its command line. */
import { readFileSync } from 'node:fs';

export const { version }: { readonly version: string } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
);
