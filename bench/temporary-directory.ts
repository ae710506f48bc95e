import { rmSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Removed when the process ends, however it does. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'posthorn-bench-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  // As root, PostgreSQL runs as a user of its own, who must be able to enter.
  await chmod(directory, 0o755);
  return directory;
}
