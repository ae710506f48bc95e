/**
 * A disk that is full for one process: the one thing about it that is not real. What it writes to files fails as the
 * system would have it fail, from a moment on and until there is space again.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';

/** Most file systems still take what a file has room for already; one that copies on write takes nothing at all. */
export type FullFor = 'what grows' | 'everything';

export interface FullDisk {
  /** To be added to those of the process. */
  readonly settings: Record<string, string>;
  /** After so many more writes. */
  fill(fullFor: FullFor, writesLeft?: number): Promise<void>;
  free(): Promise<void>;
  /** How many writes have failed. */
  failures(): Promise<number>;
  /** And how many were counted in all, since it was filled for the first time. */
  writes(): Promise<number>;
}

/** @param file that the process is told by; beside it, it notes what it wrote and what failed */
export async function fullDisk(file: string): Promise<FullDisk> {
  const noted = `${file}.noted`;
  await writeFile(noted, '');
  const preload = `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const { writeSync, readFileSync, fstatSync } = fs;
    const { open } = fs.promises;
    const notes = fs.openSync(${JSON.stringify(noted)}, 'a');
    let writes = 0;
    function order() {
      try {
        return JSON.parse(readFileSync(${JSON.stringify(file)}, 'utf8'));
      } catch {
        writes = 0;
        return null;
      }
    }
    function check(grows) {
      const full = order();
      if (full === null || (full.fullFor === 'what grows' && !grows)) return;
      const fails = ++writes > full.writesLeft;
      writeSync(notes, fails ? 'x' : '.');
      if (!fails) return;
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
        errno: -28, code: 'ENOSPC', syscall: 'write',
      });
    }
    fs.writeSync = (fd, bytes, offset, length, position) => {
      if (fd > 2) check(typeof position !== 'number' || position + length > fstatSync(fd).size);
      return writeSync(fd, bytes, offset, length, position);
    };
    fs.promises.open = async (...given) => {
      const handle = await open(...given);
      const { writeFile } = handle;
      handle.writeFile = async (...content) => {
        check(true);
        return writeFile.apply(handle, content);
      };
      return handle;
    };
    syncBuiltinESMExports();`;
  return {
    settings: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}` },
    fill: (fullFor, writesLeft = 0) => writeFile(file, JSON.stringify({ fullFor, writesLeft })),
    free: () => rm(file, { force: true }),
    failures: async () => (await readFile(noted, 'utf8')).replaceAll('.', '').length,
    writes: async () => (await readFile(noted, 'utf8')).length,
  };
}
