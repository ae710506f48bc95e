/** Files that may be absent or out of reach, and why, in words that a person can act on. */
import { readFile } from 'node:fs/promises';

const knownProblems: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is not a directory',
  EEXIST: 'it is not a directory',
  ENOSPC: 'the disk is full',
  ENOENT: 'a part of the path cannot be created',
};

/** Null when the error does not come from the file system. */
export function fileProblem(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  return knownProblems[error.code] ?? error.message;
}

/** Null when there is no such file. */
export async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
