import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

/** Smaller is sent as it is: a packet holds it anyway. */
const bytesMin = 1024;

/** Puts a `.br` and a `.gz` beside each file, for the service to send to browsers that take them. */
export function compressedCopies(): Plugin {
  return {
    name: 'compressed-copies',
    apply: 'build',
    // From what was written: earlier, the bundle is not finished.
    async writeBundle({ dir = '.' }, bundle) {
      await Promise.all(Object.keys(bundle).map((name) => compress(join(dir, name))));
    },
  };
}

async function compress(path: string): Promise<void> {
  const source = await readFile(path);
  if (source.length < bytesMin) return;
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
  await writeFile(`${path}.br`, await promisify(brotliCompress)(source, quality));
  await writeFile(`${path}.gz`, await promisify(gzip)(source, { level: 9 }));
}
