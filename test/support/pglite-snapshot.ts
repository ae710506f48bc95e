/** Migrates one embedded database and keeps its files, from which every test database of the run is made in 0.3 s. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../src/storage/migrations.ts';
import { createPartitions } from '../../src/storage/partitions.ts';
import { embeddedDatabase } from '../../src/storage/pglite.ts';

declare module 'vitest' {
  interface ProvidedContext {
    pgliteSnapshot?: string;
    postgresUrl?: string;
  }
}

export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'posthorn-pglite-'));
  const pglite = await PGlite.create();
  const db = await embeddedDatabase(pglite);
  await migrate(db);
  await createPartitions(db);
  const files = await pglite.dumpDataDir('none');
  await db.close();
  const snapshot = join(directory, 'migrated.tar');
  await writeFile(snapshot, Buffer.from(await files.arrayBuffer()));
  provide('pgliteSnapshot', snapshot);
  return () => rm(directory, { recursive: true, force: true });
}
