/** The version before this one, as test/fixtures/README.md describes it. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const repository = fileURLToPath(new URL('../..', import.meta.url));

export interface PreviousVersion {
  /** To be run by Node. */
  readonly program: string;
  remove(): Promise<void>;
}

/** Unpacks it below the repository, so that it finds the packages that it imports. */
export async function unpackPreviousVersion(): Promise<PreviousVersion> {
  const cache = join(repository, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'previous-version-'));
  const packed = join(repository, 'test/fixtures/posthorn-1.tgz');
  await promisify(execFile)('tar', ['-xzf', packed, '-C', folder]);
  return {
    program: join(folder, 'package/dist/cli.js'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
