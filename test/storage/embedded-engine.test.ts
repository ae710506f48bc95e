import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sql from 'sql-template-tag';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DatabaseUnavailable } from '../../src/storage/database.ts';
import { openEmbedded } from '../../src/storage/pglite.ts';
import { startEngine } from '../../src/storage/pglite-engine.ts';
import { eventually } from '../support/eventually.ts';

/** Each makes a new database. */
const patienceMs = 120_000;

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'posthorn-engine-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** As a directory it is in the way of a checkpoint: one of the failures after which PostgreSQL ends its process. */
const inTheWay = 'pg_logical/replorigin_checkpoint.tmp';

test(
  'an engine that broke does nothing more, and the next one has all that was committed',
  async () => {
    const path = join(directory, 'database');
    const db = await openEmbedded(path);
    try {
      await db.execute('create table public.kept (n int)');
      await db.query(sql`insert into public.kept values (1)`);
      await mkdir(join(path, inTheWay));
      await expect(db.execute('checkpoint')).rejects.toBeInstanceOf(DatabaseUnavailable);
      // A broken engine acknowledges this one, and never comes back from the next.
      for (const n of [2, 3]) {
        await expect(db.query(sql`insert into public.kept values (${n})`)).rejects.toBeInstanceOf(
          DatabaseUnavailable,
        );
      }
      await rm(join(path, inTheWay), { recursive: true });
      const rows = await eventually(
        () => db.query<{ n: number }>(sql`select n from public.kept`).catch(() => []),
        (found) => found.length > 0,
      );
      expect(rows).toEqual([{ n: 1 }]);
    } finally {
      await db.close();
    }
  },
  patienceMs,
);

test(
  'an engine that broke fails whoever uses it, with its last words',
  async () => {
    const path = join(directory, 'database');
    const engine = await startEngine(path);
    await mkdir(join(path, inTheWay));
    await expect(engine.pglite.exec('checkpoint')).rejects.toThrow(/PANIC: .*replorigin_checkpoint/);
    expect(engine.brokenBy?.message).toContain('PANIC');
    await expect(engine.pglite.query('select 1')).rejects.toThrow('PANIC');
    engine.abandon();
  },
  patienceMs,
);

test(
  'the write-ahead log of an embedded database does not grow with what is written to it',
  async () => {
    let nowMs = 0;
    const db = await openEmbedded(join(directory, 'database'), { now: () => nowMs });
    const logFiles = async () =>
      (await readdir(join(directory, 'database/pg_wal'))).filter((name) => /^[0-9A-F]{24}$/.test(name))
        .length;
    let most = 0;
    for (let megabytes = 0; megabytes < 512; megabytes += 16) {
      await db.query(sql`select pg_logical_emit_message(true, 'x', repeat('x', ${16 * 1024 * 1024}::int))`);
      nowMs += 1000;
      most = Math.max(most, await logFiles());
    }
    await db.close();
    // Of 16 MiB each, some of them made ahead.
    expect(most).toBeLessThan(20);
  },
  patienceMs,
);
