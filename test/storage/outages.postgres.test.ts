import { createServer, type Server } from 'node:net';
import sql from 'sql-template-tag';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { type Database, DatabaseUnavailable } from '../../src/storage/database.ts';
import { ping } from '../../src/storage/ping.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { newServerDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { connectAdmin, type PostgresAdmin } from '../support/postgres-admin.ts';

let url: string;
let db: Database;
let admin: PostgresAdmin;
const opened: Database[] = [];
const troubles: unknown[] = [];

beforeEach(async () => {
  const server = inject('postgresUrl');
  if (server === undefined) throw new Error('these tests need a PostgreSQL server');
  ({ url } = await newServerDatabase(server));
  admin = await connectAdmin(url);
  troubles.length = 0;
  db = open();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close()));
  await admin.close();
});

function open(connectionsMax = 4, at = url): Database {
  const database = openPostgres({ url: at, connectionsMax, onTrouble: (error) => troubles.push(error) });
  opened.push(database);
  return database;
}

function underWay(part: string): Promise<unknown> {
  return eventually(admin.activity, (activity) =>
    activity.some(({ query, state }) => state === 'active' && query.includes(part)),
  );
}

function worksAgain(database = db): Promise<boolean> {
  return eventually(() => ping(database), Boolean);
}

describe('a lost connection', () => {
  test('fails the statement under way as an outage, and the next ones work', async () => {
    const failure = expect(db.query(sql`select pg_sleep(60)`)).rejects.toBeInstanceOf(DatabaseUnavailable);
    await underWay('pg_sleep');
    expect(await admin.terminateAll()).toBe(1);
    await failure;
    await worksAgain();
  });

  test('while nothing runs is reported and replaced', async () => {
    await Promise.all([1, 2, 3, 4].map(() => db.query(sql`select pg_sleep(0.01)`)));
    await admin.terminateAll();
    await worksAgain();
    const answers = await Promise.all([1, 2, 3, 4].map(() => ping(db)));
    expect(answers).toEqual([true, true, true, true]);
    expect(troubles.length).toBeGreaterThan(0);
  });

  test('in a statement of a transaction leaves nothing of it', async () => {
    const work = db.transaction(async (transaction) => {
      await transaction.query(sql`insert into settings (name, value) values ('lost', '1')`);
      await transaction.query(sql`select pg_sleep(60)`);
    });
    const failure = expect(work).rejects.toBeInstanceOf(DatabaseUnavailable);
    await underWay('pg_sleep');
    await admin.terminateAll();
    await failure;
    await worksAgain();
    expect(await db.query(sql`select name from settings`)).toEqual([]);
  });

  test('between two statements of a transaction ends neither the process nor the pool', async () => {
    const work = db.transaction(async (transaction) => {
      await transaction.query(sql`insert into settings (name, value) values ('lost', '1')`);
      await admin.terminateAll();
      await eventually(admin.activity, (activity) => activity.length === 0);
      await transaction.query(sql`insert into settings (name, value) values ('lost', '2')`);
    });
    await expect(work).rejects.toBeInstanceOf(DatabaseUnavailable);
    await worksAgain();
    expect(await db.query(sql`select name from settings`)).toEqual([]);
  });

  test('before the commit is told as an outage', async () => {
    const work = db.transaction(async (transaction) => {
      await transaction.query(sql`insert into settings (name, value) values ('lost', '1')`);
      await admin.terminateAll();
    });
    await expect(work).rejects.toBeInstanceOf(DatabaseUnavailable);
    await worksAgain();
  });

  test('again and again leaves every connection of the pool usable in the end', async () => {
    for (let round = 0; round < 5; round++) {
      const work = [1, 2, 3, 4, 5, 6, 7, 8].map((n) =>
        n % 2 === 0
          ? db.query(sql`select pg_sleep(0.2)`)
          : db.transaction((transaction) => transaction.query(sql`select pg_sleep(0.2)`)),
      );
      const settled = Promise.allSettled(work);
      await underWay('pg_sleep');
      await admin.terminateAll();
      for (const result of await settled) {
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(DatabaseUnavailable);
      }
    }
    await worksAgain();
    await Promise.all([1, 2, 3, 4].map(() => db.query(sql`select pg_sleep(0.05)`)));
    // The server shows a connection for a moment after it was ended.
    await eventually(admin.activity, (activity) => activity.length <= 4);
  });
});

describe('listening', () => {
  test('goes on by itself after its connection was lost, and tells that something may have been missed', async () => {
    const heard: string[] = [];
    await db.listen('test_channel', (payload) => heard.push(payload));
    await db.query(sql`select pg_notify('test_channel', 'before')`);
    await eventually(
      async () => heard,
      () => heard.length === 1,
    );
    await admin.terminateAll();
    await eventually(
      async () => heard,
      () => heard.length === 2,
    );
    await worksAgain();
    await db.query(sql`select pg_notify('test_channel', 'after')`);
    await eventually(
      async () => heard,
      () => heard.includes('after'),
    );
    expect(heard).toEqual(['before', '', 'after']);
    expect(troubles.length).toBeGreaterThan(0);
  });

  test('keeps one connection however often it is lost, and none after closing', async () => {
    const only = open(1);
    await only.listen('test_channel', () => {});
    for (let round = 0; round < 3; round++) {
      await admin.terminateAll();
      // Asks for the session while its loss is still being told.
      await eventually(
        () => only.tryLock(`round ${round}`).catch(() => null),
        (lock) => lock !== null,
      );
      expect(await admin.activity()).toHaveLength(1);
    }
    await only.close();
    await eventually(admin.activity, (activity) => activity.length === 0);
  });
});

describe('a lock', () => {
  test('is held by one process', async () => {
    const other = open();
    const lock = await db.tryLock('job');
    expect(lock).not.toBeNull();
    expect(await other.tryLock('job')).toBeNull();
    expect(await db.tryLock('job')).toBeNull();
    await lock?.release();
    const taken = await other.tryLock('job');
    expect(taken).not.toBeNull();
    expect(await db.tryLock('job')).toBeNull();
    await taken?.release();
  });

  test('ends with the session of its holder, who may release it all the same', async () => {
    const other = open();
    const lock = await db.tryLock('job');
    await admin.terminateAll();
    const taken = await eventually(
      () => other.tryLock('job').catch(() => null),
      (seen) => seen !== null,
    );
    await lock?.release();
    expect(await eventually(() => db.tryLock('elsewhere').catch(() => null), Boolean)).not.toBeNull();
    expect(await db.tryLock('job')).toBeNull();
    await taken?.release();
    expect(await db.tryLock('job')).not.toBeNull();
  });

  test('ends when its process closes the database', async () => {
    const other = open();
    await other.tryLock('job');
    await other.close();
    await eventually(() => db.tryLock('job'), Boolean);
  });

  test('that is asked for in an outage fails as one, and can be had afterwards', async () => {
    await db.tryLock('first');
    await admin.terminateAll();
    await db.tryLock('second').then(
      (lock) => lock?.release(),
      (error: unknown) => expect(error).toBeInstanceOf(DatabaseUnavailable),
    );
    await eventually(() => db.tryLock('second').catch(() => null), Boolean);
  });
});

describe('a server', () => {
  test('that is not there is unavailable for everything', async () => {
    const probe = createServer();
    const port = await portOf(probe);
    await new Promise((resolve) => probe.close(resolve));
    const away = open(2, `postgres://postgres:postgres@127.0.0.1:${port}/posthorn`);
    await expect(away.query(sql`select 1`)).rejects.toBeInstanceOf(DatabaseUnavailable);
    await expect(away.execute('select 1')).rejects.toBeInstanceOf(DatabaseUnavailable);
    await expect(away.transaction(async () => 1)).rejects.toBeInstanceOf(DatabaseUnavailable);
    await expect(away.tryLock('job')).rejects.toBeInstanceOf(DatabaseUnavailable);
    expect(await ping(away)).toBe(false);
    // Who listens does not fail: it is called once the server is there.
    await expect(away.listen('test_channel', () => {})).resolves.toBeUndefined();
  });

  test('that hangs up on everybody is unavailable', async () => {
    const rude = createServer((socket) => socket.destroy());
    const port = await portOf(rude);
    const away = open(2, `postgres://postgres:postgres@127.0.0.1:${port}/posthorn`);
    await expect(away.query(sql`select 1`)).rejects.toBeInstanceOf(DatabaseUnavailable);
    await expect(away.tryLock('job')).rejects.toBeInstanceOf(DatabaseUnavailable);
    await new Promise((resolve) => rude.close(resolve));
  });

  test('that is read-only is unavailable for changes and still read from', async () => {
    const readOnly = open(2, `${url}?options=-c%20default_transaction_read_only%3Don`);
    const change = sql`insert into settings (name, value) values ('a', 'b')`;
    await expect(readOnly.query(change)).rejects.toBeInstanceOf(DatabaseUnavailable);
    await expect(readOnly.transaction((transaction) => transaction.query(change))).rejects.toBeInstanceOf(
      DatabaseUnavailable,
    );
    expect(await readOnly.query(sql`select name from settings`)).toEqual([]);
  });

  test('that does not know the database or the password is an error to be told, not an outage', async () => {
    const unknown = await open(1, `${url}_not_there`)
      .query(sql`select 1`)
      .catch((error: unknown) => error);
    expect(unknown).toMatchObject({ code: '3D000' });
    expect(unknown).not.toBeInstanceOf(DatabaseUnavailable);
  });
});

describe('contention', () => {
  test('that ends in a deadlock is an outage for one of the two', async () => {
    await db.execute("insert into settings (name, value) values ('a', '0'), ('b', '0')");
    const change = (name: string) => sql`update settings set value = value || '1' where name = ${name}`;
    const bothHold = barrier(2);
    const cross = (first: string, second: string) =>
      db.transaction(async (transaction) => {
        await transaction.query(change(first));
        await bothHold();
        await transaction.query(change(second));
      });
    const results = await Promise.allSettled([cross('a', 'b'), cross('b', 'a')]);
    const failed = results.filter((result) => result.status === 'rejected');
    expect(failed).toHaveLength(1);
    expect(failed[0]?.reason).toBeInstanceOf(DatabaseUnavailable);
    expect(await db.query(sql`select value from settings`)).toEqual([{ value: '01' }, { value: '01' }]);
  });
});

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

/** Lets everybody go on once so many have come. */
function barrier(count: number): () => Promise<void> {
  let waiting = count;
  let open: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return () => {
    waiting--;
    if (waiting === 0) open();
    return opened;
  };
}
