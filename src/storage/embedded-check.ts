/**
 * Looks at the directory of an embedded database before it is opened, because the engine says of most troubles only
 * that it was aborted, and takes a directory whose marker is gone for a new one.
 */
import { constants, existsSync } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { accept, type Result, refuse } from '../domain/result.ts';
import { fileProblem, readIfThere } from './file-problem.ts';

/** Of PGlite; a database keeps its files in the form of one. */
export const postgresMajor = '18';

export type DirectoryState = 'absent' | 'present';

/** The error is a sentence that says what to do. @throws what does not come from the file system. */
export async function checkEmbedded(directory: string): Promise<Result<DirectoryState, string>> {
  if (!existsSync(directory)) return accept('absent');
  const unusable = (reason: string) => refuse(`The embedded database in ${directory} ${reason}`);
  const asItsUser = 'Run Posthorn as the user that owns it, or set POSTHORN_DATA_DIR to another directory.';
  try {
    const { R_OK, W_OK, X_OK } = constants;
    await access(directory, R_OK | W_OK | X_OK);
    if (await belongsToAnother(directory)) return unusable(`belongs to another user. ${asItsUser}`);
    const found = (await readIfThere(join(directory, 'PG_VERSION')))?.trim() ?? '';
    if (found === '') return unusable(damaged('PG_VERSION is missing or empty'));
    if (found !== postgresMajor) {
      return unusable(
        `was written by PostgreSQL ${found}, and this version of Posthorn reads ${postgresMajor}. ` +
          'Start the version of Posthorn that wrote it, or begin anew with POSTHORN_DATA_DIR set to another directory.',
      );
    }
    const control = join(directory, 'global/pg_control');
    if (!existsSync(control)) return unusable(damaged('global/pg_control is missing'));
    await access(control, R_OK | W_OK);
    return accept('present');
  } catch (error) {
    const reason = fileProblem(error);
    if (reason === null) throw error;
    return unusable(`cannot be read and written: ${reason}. ${asItsUser}`);
  }
}

/** The end of a sentence whose subject is the database. */
export function damaged(reason: string): string {
  return (
    `is damaged or cannot be read: ${reason}. Restore the data directory from a backup, ` +
    'or begin anew with POSTHORN_DATA_DIR set to another directory.'
  );
}

/** The engine refuses it, as PostgreSQL does; to the superuser everything belongs. */
async function belongsToAnother(directory: string): Promise<boolean> {
  const user = process.getuid?.() ?? 0;
  return user !== 0 && (await stat(directory)).uid !== user;
}
