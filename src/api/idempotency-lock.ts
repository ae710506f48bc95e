import type { Database, Lock } from '../storage/database.ts';

/** However long the first request hangs, its key is free again after this. */
const holdMsMax = 5 * 60 * 1000;

/** Null while another request holds it, here or in another process; nobody holds it after a crash. */
export async function takeIdempotencyLock(db: Pick<Database, 'tryLock'>, name: string): Promise<Lock | null> {
  const lock = await db.tryLock(name);
  if (lock === null) return null;
  let released: Promise<void> | null = null;
  const release = (): Promise<void> => {
    clearTimeout(timer);
    released ??= lock.release();
    return released;
  };
  const timer = setTimeout(() => void release(), holdMsMax).unref();
  return { release };
}
