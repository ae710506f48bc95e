/**
 * Wake-ups: who makes deliveries due says so, in this process at once and to the other processes by one coalesced
 * notification. Only a hint: whoever misses one finds the work by polling.
 */
import sql from 'sql-template-tag';
import type { Database } from './database.ts';

export interface Wakeups {
  /** There may be new work. */
  signal(): void;
  /** Calls back for every signal, from here and from other processes. */
  onSignal(wake: () => void): void;
  /** No further notification leaves: the database may be closed. */
  close(): void;
}

const channel = 'posthorn_deliveries';
/** At most one notification in this time leaves a process: each costs the database a lock at commit. */
const coalesceMs = 20;

export async function createWakeups(
  db: Database,
  processId: string,
  onTrouble: (error: unknown) => void,
): Promise<Wakeups> {
  const sleepers: (() => void)[] = [];
  const wakeAll = () => {
    for (const wake of sleepers) wake();
  };
  if (db.kind === 'server') {
    await db.listen(channel, (sender) => {
      if (sender !== processId) wakeAll();
    });
  }
  let notifying: NodeJS.Timeout | null = null;
  let closed = false;
  const notifyOthers = () => {
    if (notifying !== null || closed) return;
    notifying = setTimeout(() => {
      notifying = null;
      db.query(sql`select pg_notify(${channel}, ${processId})`).catch(onTrouble);
    }, coalesceMs);
  };
  return {
    signal() {
      wakeAll();
      if (db.kind === 'server') notifyOthers();
    },
    onSignal(wake) {
      sleepers.push(wake);
    },
    close() {
      closed = true;
      if (notifying !== null) clearTimeout(notifying);
    },
  };
}
