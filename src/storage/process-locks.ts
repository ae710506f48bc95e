/** Named locks inside this process. A database lock belongs to a session, which would grant it to itself twice. */
import type { Lock } from './database.ts';

export interface ProcessLocks {
  tryLock(name: string): Lock | null;
}

export function createProcessLocks(): ProcessLocks {
  const held = new Set<string>();
  return {
    tryLock(name) {
      if (held.has(name)) return null;
      held.add(name);
      let released = false;
      return {
        async release() {
          // By then the name may be held by another.
          if (released) return;
          released = true;
          held.delete(name);
        },
      };
    },
  };
}
