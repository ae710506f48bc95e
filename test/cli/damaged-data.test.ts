/** What serve says of a data directory that is not as it left it, and that it then leaves it so. */
import { chmod, cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postgresMajor } from '../../src/storage/embedded-check.ts';
import { startServiceProcess } from '../support/service-process.ts';
import { runProgram } from './run-program.ts';

let parent: string;
let sound: string;

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'posthorn-damaged-'));
  sound = join(parent, 'sound');
  const service = await startServiceProcess(sound);
  await service.end('SIGTERM');
}, 120_000);
afterAll(() => rm(parent, { recursive: true, force: true }));

/** Copies the sound directory, damages the copy, and gives what serve says of it. */
async function serveAfter(damage: (dataDir: string) => Promise<unknown>, settings = {}): Promise<string> {
  const dataDir = await mkdtemp(join(parent, 'copy-'));
  await cp(sound, dataDir, { recursive: true });
  await damage(dataDir);
  const before = await readdir(dataDir);
  const { code, err } = await runProgram(['serve'], {
    POSTHORN_DATA_DIR: dataDir,
    PORT: '0',
    LOG_LEVEL: 'warn',
    ...settings,
  });
  expect([code, await readdir(dataDir)]).toEqual([1, before]);
  return err.replaceAll(dataDir, 'data').replaceAll(`/private${dataDir}`, 'data');
}

test('a lost secret key is asked for, and none is made in its place', async () => {
  expect(await serveAfter((dataDir) => rm(join(dataDir, 'secret.key')))).toBe(
    'Posthorn could not start: The key file data/secret.key is missing. ' +
      'Restore it from a backup, or set POSTHORN_SECRET_KEY to the key.\n',
  );
});

test('a secret key that is none is called damaged, by the name of its file', async () => {
  expect(await serveAfter((dataDir) => writeFile(join(dataDir, 'secret.key'), 'junk\n'))).toBe(
    'Posthorn could not start: The key file data/secret.key is damaged: it must hold 32 bytes in base64. ' +
      'Restore it from a backup, or set POSTHORN_SECRET_KEY to the key.\n',
  );
});

test('a database of another PostgreSQL needs the version that wrote it', async () => {
  expect(await readFile(join(sound, 'database/PG_VERSION'), 'utf8')).toBe(`${postgresMajor}\n`);
  const said = await serveAfter((dataDir) => writeFile(join(dataDir, 'database/PG_VERSION'), '12\n'));
  expect(said).toContain(
    `was written by PostgreSQL 12, and this version of Posthorn reads ${postgresMajor}. `,
  );
  expect(said).toContain('Start the version of Posthorn that wrote it');
});

test.each([
  ['database/PG_VERSION', 'PG_VERSION is missing or empty'],
  ['database/global/pg_control', 'global/pg_control is missing'],
  ['database/pg_wal', ''],
])('a database without %s is damaged: a backup is asked for, not another version', async (path, reason) => {
  const said = await serveAfter((dataDir) => rm(join(dataDir, path), { recursive: true }));
  expect(said).toContain(`The embedded database in data/database is damaged or cannot be read: ${reason}`);
  expect(said).toContain('Restore the data directory from a backup');
  expect(said).not.toContain('version of Posthorn');
});

test('a database that was cut off is damaged', async () => {
  const said = await serveAfter((dataDir) => truncate(join(dataDir, 'database/global/pg_control'), 10));
  expect(said).toContain('is damaged or cannot be read: the database engine gave up on it. ');
});

test.skipIf(process.getuid?.() === 0)('a database that may not be written says so', async () => {
  const said = await serveAfter((dataDir) => chmod(join(dataDir, 'database'), 0o500));
  expect(said).toContain(
    'cannot be read and written: permission denied. Run Posthorn as the user that owns it',
  );
});

test.skipIf(process.getuid?.() === 0)('a secret key that may not be read says so', async () => {
  const said = await serveAfter((dataDir) => chmod(join(dataDir, 'secret.key'), 0o000));
  expect(said).toContain('The key file data/secret.key cannot be read: permission denied.');
});
