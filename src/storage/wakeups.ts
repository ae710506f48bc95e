/**
 * Wake-ups: who makes deliveries ready says in which lanes, in this process at once and to the other processes by one
 * coalesced notification. Only a hint: whoever misses one finds the work by polling.
 */
import sql from 'sql-template-tag';
import type { Lane } from '../domain/lane.ts';
import type { Database } from './database.ts';

export interface Wakeups {
  /** Something is ready in these lanes. */
  signal(lanes: readonly Lane[]): void;
  /** Calls back for every signal, from here and from other processes; null: it may be about every lane. */
  onSignal(wake: (lanes: readonly Lane[] | null) => void): void;
  /** No further notification leaves: the database may be closed. */
  close(): void;
}

const channel = 'posthorn_deliveries';
/** At most one notification in this time leaves a process: each costs the database a lock at commit. */
const coalesceMs = 20;
/** More would not fit into the 8000 bytes of a notification: then it says that any lane may be ready. */
const lanesMax = 80;

export async function createWakeups(
  db: Database,
  processId: string,
  onTrouble: (error: unknown) => void,
): Promise<Wakeups> {
  const sleepers: ((lanes: readonly Lane[] | null) => void)[] = [];
  const wakeAll = (lanes: readonly Lane[] | null) => {
    for (const wake of sleepers) wake(lanes);
  };
  if (db.kind === 'server') {
    await db.listen(channel, (payload) => {
      const { from, lanes } = read(payload);
      if (from !== processId) wakeAll(lanes);
    });
  }
  const announced = new Map<string, Lane>();
  let notifying: NodeJS.Timeout | null = null;
  let notifiedAt = Number.NEGATIVE_INFINITY;
  let closed = false;

  function notify(): void {
    notifying = null;
    notifiedAt = performance.now();
    const payload = written(processId, [...announced.values()]);
    announced.clear();
    db.query(sql`select pg_notify(${channel}, ${payload})`).catch(onTrouble);
  }

  function notifyOthers(lanes: readonly Lane[]): void {
    if (closed) return;
    for (const lane of lanes) announced.set(`${lane.webhookId} ${lane.isRetry}`, lane);
    notifying ??= setTimeout(notify, Math.max(0, notifiedAt + coalesceMs - performance.now()));
  }

  return {
    signal(lanes) {
      wakeAll(lanes);
      if (db.kind === 'server') notifyOthers(lanes);
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

/** The sender, and each lane as webhook/account, with a ! for one that fails and an r for retries. */
function written(from: string, lanes: readonly Lane[]): string {
  if (lanes.length > lanesMax) return from;
  const named = lanes.map(
    ({ webhookId, accountId, isRetry, isFailing }) =>
      `${webhookId}/${accountId}${isFailing ? '!' : ''}${isRetry ? 'r' : ''}`,
  );
  return [from, ...named].join(' ');
}

const laneForm = /^([0-9a-f-]{36})\/([0-9a-f-]{36})(!?)(r?)$/;

/**
 * Whoever may use the database may notify: what is no list of lanes (of the version before, of a stranger, after a
 * reconnection) may have been about any lane, and harms nobody.
 */
function read(payload: string): { from: string; lanes: readonly Lane[] | null } {
  const [from = '', ...named] = payload.split(' ');
  const lanes = named.flatMap((text) => {
    const [, webhookId, accountId, failing, retry] = laneForm.exec(text) ?? [];
    if (webhookId === undefined || accountId === undefined) return [];
    return [{ webhookId, accountId, isRetry: retry === 'r', isFailing: failing === '!' }];
  });
  return { from, lanes: named.length > 0 && lanes.length === named.length ? lanes : null };
}
