export const diskFullAdvice = 'Free some space there';

/** The disk of the embedded database is full, said so that whoever runs it knows what to do. */
export class DiskFull extends Error {
  override readonly name = 'DiskFull';

  constructor(directory: string, cause: unknown) {
    super(
      `the disk is full: the embedded database in ${directory} cannot write. ${diskFullAdvice}; all that was acknowledged is kept`,
      { cause },
    );
  }
}

/** ENOSPC in the engine. */
const engineErrno = 51;

/** SQLSTATE disk_full, the system's name for it, its number in the engine, and what the engine logs of it. */
export function isDiskFull(error: unknown): boolean {
  if (typeof error === 'string') return error.includes('No space left on device');
  if (typeof error !== 'object' || error === null) return false;
  const code = 'code' in error ? error.code : null;
  return code === '53100' || code === 'ENOSPC' || ('errno' in error && error.errno === engineErrno);
}
