/**
 * One long-lived connection outside the pool. It hears notifications and holds advisory locks, which PostgreSQL
 * drops with the session: a process that dies leaves none behind. It is opened anew, for ever, with backoff.
 */
import type pg from 'pg';
import { type Database, DatabaseUnavailable, type Lock } from './database.ts';
import { codeOf } from './outage.ts';
import { createProcessLocks } from './process-locks.ts';

const reopenDelayMs = { first: 100, max: 5000 };

export interface PostgresSession extends Pick<Database, 'listen' | 'tryLock' | 'close'> {}

export function createPostgresSession(
  newClient: () => pg.Client,
  onTrouble: (error: unknown) => void,
): PostgresSession {
  const listeners = new Map<string, (payload: string) => void>();
  const locks = createProcessLocks();
  let current: Promise<pg.Client> | null = null;
  /** The client of `current` once it is open. A loss is told twice, the second time after another took its place. */
  let live: pg.Client | null = null;
  let closed = false;
  let reopenTimer: NodeJS.Timeout | null = null;

  function connection(): Promise<pg.Client> {
    if (closed) return Promise.reject(new DatabaseUnavailable(new Error('it is closed')));
    current ??= open();
    return current;
  }

  async function open(): Promise<pg.Client> {
    const client = newClient();
    client.on('error', (error) => lost(client, error));
    client.on('end', () => lost(client, new Error('the session ended')));
    client.on('notification', ({ channel, payload }) => listeners.get(channel)?.(payload ?? ''));
    try {
      await client.connect();
      for (const channel of listeners.keys()) await client.query(`listen "${channel}"`);
      live = client;
      return client;
    } catch (error) {
      current = null;
      await client.end().catch(onTrouble);
      throw new DatabaseUnavailable(error);
    }
  }

  function lost(client: pg.Client, error: unknown): void {
    if (closed || client !== live) return;
    live = null;
    current = null;
    onTrouble(error);
    client.end().catch(onTrouble);
    reopen(reopenDelayMs.first);
  }

  /** Notifications may have been missed while the session was away: every listener is called once it is back. */
  function reopen(delayMs: number): void {
    if (closed || listeners.size === 0) return;
    if (reopenTimer !== null) clearTimeout(reopenTimer);
    reopenTimer = setTimeout(() => {
      connection().then(
        () => {
          for (const notify of listeners.values()) notify('');
        },
        () => reopen(Math.min(delayMs * 2, reopenDelayMs.max)),
      );
    }, delayMs);
    reopenTimer.unref();
  }

  /** One query at a time: a connection that is given a second one meanwhile would queue it by itself no longer. */
  let lastQuery: Promise<unknown> = Promise.resolve();
  function query<Row extends pg.QueryResultRow>(client: pg.Client, text: string, values: string[] = []) {
    const answer = lastQuery.then(() => client.query<Row>(text, values));
    lastQuery = answer.catch((error: unknown) => {
      // A session that went silent is as good as lost, and every later query would wait behind this one.
      if (codeOf(error) === '') lost(client, error);
    });
    return answer;
  }

  return {
    /** Resolves also while the database is away: whoever listens then is called when it is back. */
    async listen(channel, onNotification) {
      listeners.set(channel, onNotification);
      try {
        await query(await connection(), `listen "${channel}"`);
      } catch (error) {
        onTrouble(error);
        reopen(reopenDelayMs.first);
      }
    },

    async tryLock(name) {
      const own = locks.tryLock(name);
      if (own === null) return null;
      try {
        const client = await connection();
        const { rows } = await query<{ taken: boolean }>(
          client,
          'select pg_try_advisory_lock(hashtextextended($1, 0)) as taken',
          [name],
        );
        if (rows[0]?.taken) return heldBy(client, name, own);
      } catch (error) {
        await own.release();
        throw error instanceof DatabaseUnavailable ? error : new DatabaseUnavailable(error);
      }
      await own.release();
      return null;
    },

    async close() {
      closed = true;
      if (reopenTimer !== null) clearTimeout(reopenTimer);
      const client = await current?.catch(() => null);
      await client?.end();
    },
  };

  function heldBy(client: pg.Client, name: string, own: Lock): Lock {
    let released: Promise<void> | null = null;
    const release = async () => {
      try {
        await query(client, 'select pg_advisory_unlock(hashtextextended($1, 0))', [name]);
      } catch (error) {
        // The session is gone and the lock with it.
        onTrouble(error);
      } finally {
        await own.release();
      }
    };
    return {
      release() {
        // Once only: by then the same session may hold it for another.
        released ??= release();
        return released;
      },
    };
  }
}
