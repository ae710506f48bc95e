import sql from 'sql-template-tag';
import { afterEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { migrate, readMigrations } from '../../src/storage/migrations.ts';
import { createPartitions } from '../../src/storage/partitions.ts';
import { openBlankDatabase } from '../support/blank-database.ts';
import { openTestDatabase } from '../support/database.ts';

const known = await readMigrations();
const newest = known.length;

let db: Database;
afterEach(() => db.close());

/** This version's files and so many of later ones. */
function upTo(steps: number, changes: { step: number; script?: string; breaking?: boolean } = { step: 0 }) {
  const later = Array.from({ length: steps }, (_, index) => ({
    version: newest + index + 1,
    name: `step_${index + 1}`,
    script: `create table posthorn.step_${index + 1} (id int)`,
    breaking: false,
    ...(changes.step === index + 1 && changes),
  }));
  return [...known, ...later];
}

async function stepTables(): Promise<string[]> {
  const rows = await db.query<{ name: string }>(
    sql`select relname as name from pg_class where relname ~ '^step_' and relkind = 'r' order by relname`,
  );
  return rows.map(({ name }) => name);
}

describe('the files', () => {
  test('are numbered from 1 on without a gap', async () => {
    db = await openTestDatabase();
    const versions = known.map(({ version }) => version);
    expect(versions).toEqual(versions.map((_, index) => index + 1));
    expect(await db.query(sql`select version from migrations order by version`)).toEqual(
      versions.map((version) => ({ version })),
    );
  });
});

describe('migrating', () => {
  test('makes a new database usable, and does nothing the second time', async () => {
    db = await openBlankDatabase();
    expect(await migrate(db)).toEqual({ ok: true, value: { from: 0, to: newest } });
    await createPartitions(db);
    expect(await db.query(sql`select count(*)::int as types from event_types`)).toEqual([{ types: 31 }]);
    expect(await migrate(db)).toEqual({ ok: true, value: { from: newest, to: newest } });
    await createPartitions(db);
  });

  test('applies each file once when eight begin at the same time', async () => {
    db = await openTestDatabase();
    const results = await Promise.all(Array.from({ length: 8 }, () => migrate(db, upTo(2))));
    const applied = results.map((result) => (result.ok ? result.value.to - result.value.from : result.error));
    expect(applied.sort()).toEqual([0, 0, 0, 0, 0, 0, 0, 2]);
    expect(await stepTables()).toEqual(['step_1', 'step_2']);
  });

  test('applies only what is missing', async () => {
    db = await openTestDatabase();
    await migrate(db, upTo(1));
    expect(await migrate(db, upTo(3))).toEqual({ ok: true, value: { from: newest + 1, to: newest + 3 } });
    expect(await stepTables()).toEqual(['step_1', 'step_2', 'step_3']);
  });

  test('leaves nothing behind when one of the files fails, and works once it is mended', async () => {
    db = await openTestDatabase();
    const script = 'create table posthorn.step_2 (id int); select 1 / 0';
    await expect(migrate(db, upTo(2, { step: 2, script }))).rejects.toThrow('division by zero');
    expect(await stepTables()).toEqual([]);
    expect(await migrate(db, upTo(2))).toEqual({ ok: true, value: { from: newest, to: newest + 2 } });
  });
});

describe('a newer schema', () => {
  test('is served when it is safe for this version, and left as it is', async () => {
    db = await openTestDatabase();
    await migrate(db, upTo(1));
    expect(await migrate(db)).toEqual({ ok: true, value: { from: newest + 1, to: newest + 1 } });
  });

  test('is refused with a sentence when it is breaking', async () => {
    db = await openTestDatabase();
    await migrate(db, upTo(2, { step: 1, breaking: true }));
    expect(await migrate(db)).toEqual({
      ok: false,
      error:
        `the database is at schema version ${newest + 2} and this version of Posthorn knows ${newest}: ` +
        `version ${newest + 1} cannot be served by it. Start the newer version of Posthorn`,
    });
    expect(await migrate(db, upTo(1))).toMatchObject({ ok: true });
  });
});
