import { randomUUID } from 'node:crypto';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Column, texts, uuids } from '../../src/storage/columns.ts';
import { type Database, DatabaseUnavailable } from '../../src/storage/database.ts';
import { ping } from '../../src/storage/ping.ts';
import { openTestDatabase } from '../support/database.ts';

let db: Database;

beforeAll(async () => {
  db = await openTestDatabase();
  await db.execute('create table notes (id int primary key, text text, number int, at timestamptz)');
});
afterAll(() => db.close());

function notes(): Promise<{ id: number }[]> {
  return db.query(sql`select id from notes order by id`);
}

async function raised(code: string): Promise<unknown> {
  const failure = db.execute(`do $$ begin raise exception 'as asked' using errcode = '${code}'; end $$`);
  return failure.then(
    () => null,
    (error: unknown) => error,
  );
}

describe('values', () => {
  test('go in and come out unchanged: text, numbers, moments, lists and nothing', async () => {
    const at = new Date('2026-01-15T10:35:00.123Z');
    const text = 'naïve "quotes" \' \\ $1 {a,b} 🚀';
    const [row] = await db.query(sql`
      select ${text}::text as text, ${42}::int as number, ${at}::timestamptz as at, ${[text, '']}::text[] as texts,
             ${null}::text as nothing, ${[1, null]}::int[] as numbers, ${[]}::uuid[] as empty`);
    expect(row).toEqual({
      text,
      number: 42,
      at,
      texts: [text, ''],
      nothing: null,
      numbers: [1, null],
      empty: [],
    });
  });

  test('are never taken for SQL', async () => {
    const hostile = "'; drop table notes; --";
    expect(await db.query(sql`select ${hostile}::text as text`)).toEqual([{ text: hostile }]);
    expect(await notes()).toEqual([]);
  });
});

describe('a session', () => {
  test("finds Posthorn's tables in their own schema and speaks UTC", async () => {
    const sessions = await Promise.all(
      Array.from({ length: 4 }, () =>
        db.query(sql`
          select current_setting('search_path') as path, current_setting('TimeZone') as zone,
                 'accounts'::regclass::oid = 'posthorn.accounts'::regclass::oid as found`),
      ),
    );
    for (const [session] of sessions) expect(session).toEqual({ path: 'posthorn', zone: 'UTC', found: true });
  });

  test("goes by the database's own clock", async () => {
    expect(await db.query(sql`select clock_now() = now() as same`)).toEqual([{ same: true }]);
  });
});

describe('a transaction', () => {
  test('commits what it did and gives the result of its work', async () => {
    const result = await db.transaction(async (transaction) => {
      await transaction.query(sql`insert into notes (id) values (1)`);
      await transaction.execute('insert into notes (id) values (2); insert into notes (id) values (3)');
      return 'done';
    });
    expect(result).toBe('done');
    expect(await notes()).toHaveLength(3);
    await db.execute('delete from notes');
  });

  test('leaves nothing when its work throws, and passes the error on', async () => {
    const failure = new Error('changed its mind');
    const work = db.transaction(async (transaction) => {
      await transaction.query(sql`insert into notes (id) values (1)`);
      throw failure;
    });
    await expect(work).rejects.toBe(failure);
    expect(await notes()).toEqual([]);
  });

  test('leaves nothing when one of its statements is refused', async () => {
    const work = db.transaction(async (transaction) => {
      await transaction.query(sql`insert into notes (id) values (1)`);
      await transaction.query(sql`insert into notes (id) values (1)`);
    });
    await expect(work).rejects.toThrow('duplicate key');
    expect(await notes()).toEqual([]);
  });

  test('that goes on after a refused statement commits nothing and says so', async () => {
    const work = db.transaction(async (transaction) => {
      await transaction.query(sql`insert into notes (id) values (1)`);
      await transaction.query(sql`insert into notes (id) values (1)`).catch(() => null);
      return 'pretends to be done';
    });
    await expect(work).rejects.toThrow();
    expect(await notes()).toEqual([]);
  });

  test('of many at once is isolated from the others', async () => {
    await db.query(sql`insert into notes (id, number) values (1, 0)`);
    await Promise.all(
      Array.from({ length: 10 }, () =>
        db.transaction(async (transaction) => {
          const [row] = await transaction.query<{ number: number }>(
            sql`select number from notes where id = 1 for update`,
          );
          await transaction.query(sql`update notes set number = ${(row?.number ?? 0) + 1} where id = 1`);
        }),
      ),
    );
    expect(await db.query(sql`select number from notes`)).toEqual([{ number: 10 }]);
    await db.execute('delete from notes');
  });
});

describe('a failure', () => {
  test.each([
    ['53100', 'a full disk'],
    ['25006', 'a read-only database'],
    ['57P03', 'a database that is starting'],
    ['57014', 'a cancelled statement'],
    ['40001', 'a serialization conflict'],
    ['40P01', 'a deadlock'],
    ['58030', 'a failing disk'],
  ])('with code %s is an outage: %s', async (code) => {
    const error = await raised(code);
    expect(error).toBeInstanceOf(DatabaseUnavailable);
    // The disk of an embedded one is that of whoever reads this.
    const said = code === '53100' && db.kind === 'embedded' ? 'the disk is full: ' : 'as asked';
    expect(error).toMatchObject({ message: expect.stringContaining(`the database is unavailable: ${said}`) });
  });

  test.each([
    ['23505', 'a duplicate'],
    ['22P02', 'a malformed value'],
    ['42703', 'an unknown column'],
    ['08P01', 'a malformed message, which would be malformed again'],
  ])('with code %s is not: %s', async (code) => {
    const error = await raised(code);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(DatabaseUnavailable);
  });

  test('inside a transaction is an outage there too', async () => {
    const work = db.transaction((transaction) =>
      transaction.execute("do $$ begin raise exception 'full' using errcode = '53100'; end $$"),
    );
    await expect(work).rejects.toBeInstanceOf(DatabaseUnavailable);
  });

  test('does not cost the connection: the next statement works', async () => {
    await raised('53100');
    expect(await ping(db)).toBe(true);
  });
});

describe('a named statement', () => {
  const divided = (by: number) => db.query<{ part: number }>(sql`select 10 / ${by}::int as part`, 'divide');

  test('works again after it failed, and after a text that the database refused', async () => {
    expect(await divided(2)).toEqual([{ part: 5 }]);
    await expect(divided(0)).rejects.toThrow('division by zero');
    await expect(db.query(sql`select nothing from nowhere`, 'refused')).rejects.toThrow('does not exist');
    await expect(db.query(sql`select nothing from nowhere`, 'refused')).rejects.toThrow('does not exist');
    expect(await divided(5)).toEqual([{ part: 2 }]);
    expect(await db.query(sql`select 1 as one`, 'refused')).toEqual([{ one: 1 }]);
  });

  test('goes its own way among transactions and failures of others', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 30 }, (_, n) => {
        if (n % 3 === 0) return divided(0);
        return n % 3 === 1 ? divided(1) : db.transaction(({ query }) => query(sql`select 10 as part`));
      }),
    );
    expect(results.map(({ status }) => status)).toEqual(
      results.map((_, n) => (n % 3 === 0 ? 'rejected' : 'fulfilled')),
    );
    for (const result of results)
      if (result.status === 'fulfilled') expect(result.value).toEqual([{ part: 10 }]);
  });

  test('finds a partition that was made after it', async () => {
    await db.execute(`create table days (day date) partition by range (day);
      create table days_default partition of days default`);
    const insert = () =>
      db.query(
        sql`insert into days values ('2026-01-05') returning tableoid::regclass::text as place`,
        'insert-day',
      );
    expect(await insert()).toEqual([{ place: 'days_default' }]);
    await db.execute(`delete from days;
      create table days_1 partition of days for values from ('2026-01-01') to ('2026-02-01')`);
    expect(await insert()).toEqual([{ place: 'days_1' }]);
  });

  test('takes columns of any length and text, and refuses what cannot be stored', async () => {
    const told = async (column: Column) =>
      (await db.query<{ told: string }>(sql`select ${column}::text[]::text as told`, 'tell'))[0]?.told;
    expect(await told(texts([]))).toBe('{}');
    expect(await told(texts(['a\ud800b', 'é', '', null]))).toBe('{a\ufffdb,é,"",NULL}');
    await expect(told(texts(['a\0b']))).rejects.toThrow('invalid byte sequence');
    const id = randomUUID();
    expect(
      await db.query(sql`select ${uuids([id.toUpperCase()])}::uuid[]::text as told`, 'tell-uuids'),
    ).toEqual([{ told: `{${id}}` }]);
  });
});

describe('a lock', () => {
  test('is held by one and free again when it is released', async () => {
    const lock = await db.tryLock('idempotency:a:b');
    expect(lock).not.toBeNull();
    expect(await db.tryLock('idempotency:a:b')).toBeNull();
    const other = await db.tryLock('idempotency:a:c');
    expect(other).not.toBeNull();
    await lock?.release();
    const again = await db.tryLock('idempotency:a:b');
    expect(again).not.toBeNull();
    await again?.release();
    await other?.release();
  });

  test('goes to exactly one of many who ask at once', async () => {
    const locks = await Promise.all(Array.from({ length: 20 }, () => db.tryLock('contended')));
    const held = locks.filter((lock) => lock !== null);
    expect(held).toHaveLength(1);
    await held[0]?.release();
  });

  test('released twice takes nothing from its next holder', async () => {
    const first = await db.tryLock('twice');
    await first?.release();
    const second = await db.tryLock('twice');
    await first?.release();
    expect(await db.tryLock('twice')).toBeNull();
    await second?.release();
  });
});

describe('a closed database', () => {
  test('is unavailable for everything, answers no ping, and may be closed again', async () => {
    const closed = await openTestDatabase();
    expect(await ping(closed)).toBe(true);
    await closed.close();
    await expect(closed.query(sql`select 1`)).rejects.toBeInstanceOf(DatabaseUnavailable);
    await expect(closed.execute('select 1')).rejects.toBeInstanceOf(DatabaseUnavailable);
    await expect(closed.transaction(async () => 1)).rejects.toBeInstanceOf(DatabaseUnavailable);
    expect(await ping(closed)).toBe(false);
    await closed.close();
  });
});
