import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readMigrations } from '../../src/storage/migrations.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { runProgram } from './run-program.ts';

describe('the command line', () => {
  test('suggests the command that was meant, and ends with 2', async () => {
    const { code, err } = await runProgram(['srve']);
    expect(code).toBe(2);
    expect(err).toContain("unknown command 'srve'\n(Did you mean serve?)");
    expect(err).toContain('Run `npx posthorn --help`');
  });

  test('ends with 2 on an unknown option, and names the one that was meant', async () => {
    const { code, err } = await runProgram(['config', '--markdwon']);
    expect(code).toBe(2);
    expect(err).toContain('(Did you mean --markdown?)');
  });

  test('ends with 0 on --help, which lists every command, and on --version', async () => {
    const help = await runProgram(['--help']);
    expect(help.code).toBe(0);
    for (const command of ['serve', 'demo', 'migrate', 'keys', 'config']) {
      expect(help.out).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    }
    expect(help.out).toContain('Settings are environment variables, e.g. PORT=5000 npx posthorn serve');
    expect(await runProgram(['--version'])).toEqual({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      err: '',
    });
  });

  test.each([[[]], [['serve']], [['keys']]])(
    '%j prints every problem of the configuration and ends with 2',
    async (words) => {
      const { code, out, err } = await runProgram(words, { PORT: 'x', POSTHORN_RETENTION_DAY: '3' });
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toContain('  - PORT must be a whole number from 0 to 65535, but it is "x".\n');
      expect(err).toContain('did you mean POSTHORN_RETENTION_DAYS?\n');
    },
  );
});

describe('config', () => {
  test('shows every setting in aligned columns, and no secret', async () => {
    const { code, out, err } = await runProgram(['config'], {
      PORT: '4001',
      POSTHORN_PLATFORM_KEY: 'hunter2',
    });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const [header = '', ...rows] = out.trimEnd().split('\n');
    const column = header.indexOf('VALUE');
    const row = (name: string) => rows.find((line) => line.slice(3).startsWith(`${name} `)) ?? '';
    expect(row('PORT').slice(column)).toMatch(/^4001 /);
    expect(row('HOST').slice(column)).toMatch(/^127\.0\.0\.1 +127\.0\.0\.1 /);
    expect([row('PORT'), row('HOST')].map((line) => line.charAt(0))).toEqual(['*', ' ']);
    expect(rows.at(-1)).toBe('* set in the environment   ! wrong or missing');
    expect(row('POSTHORN_PLATFORM_KEY').slice(column)).toMatch(/^\(hidden\) /);
    expect(out).not.toContain('hunter2');
  });

  test('marks what is wrong, explains it, and ends with 2', async () => {
    const { code, out, err } = await runProgram(['config'], { PORT: 'x' });
    expect(code).toBe(2);
    expect(out.split('\n').filter((line) => line.startsWith('! '))).toEqual([
      expect.stringMatching(/^! {2}PORT +x /),
    ]);
    expect(err).toContain('PORT must be');
  });
});

describe('keys', () => {
  test('says that there are none before the first start', async () => {
    const { code, err } = await runProgram(['keys'], { POSTHORN_DATA_DIR: '/nonexistent/posthorn' });
    expect({ code, err }).toEqual({
      code: 1,
      err: 'There are no keys in /nonexistent/posthorn yet: the first start of `npx posthorn serve` makes them.\n',
    });
  });

  test('says how to make a new one where keys.json is gone', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'posthorn-keys-'));
    await writeFile(join(dataDir, 'platform.key'), 'php_1\n');
    const { code, err } = await runProgram(['keys'], { POSTHORN_DATA_DIR: dataDir });
    await rm(dataDir, { recursive: true });
    expect(code).toBe(1);
    expect(err).toMatch(/^keys\.json is gone from .* platform key in .*platform\.key at POST \/platform\/v1/);
  });

  test('says where they come from with DATABASE_URL', async () => {
    const { code, out } = await runProgram(['keys'], {
      DATABASE_URL: 'postgresql://db/name',
      POSTHORN_PLATFORM_KEY: 'k',
      POSTHORN_SECRET_KEY: Buffer.alloc(32).toString('base64'),
    });
    expect(code).toBe(0);
    expect(out).toContain('the platform key is POSTHORN_PLATFORM_KEY');
  });
});

describe('migrate', () => {
  let postgres: PostgresServer;

  beforeAll(async () => {
    postgres = await startPostgres();
    await postgres.createDatabase('empty');
  });

  afterAll(() => postgres.stop());

  test('brings a new database to this version, once, and needs no key for it', async () => {
    const newest = (await readMigrations()).at(-1)?.version;
    const settings = { DATABASE_URL: `${postgres.url}/empty` };
    expect(await runProgram(['migrate'], settings)).toEqual({
      code: 0,
      out: `The schema was migrated from version 0 to ${newest}.\n`,
      err: '',
    });
    expect(await runProgram(['migrate'], settings)).toEqual({
      code: 0,
      out: `The schema is at version ${newest} already.\n`,
      err: '',
    });
  });

  test('ends with 2 without DATABASE_URL', async () => {
    expect(await runProgram(['migrate'])).toEqual({
      code: 2,
      out: '',
      err: 'DATABASE_URL is not set. The embedded database is migrated when Posthorn starts.\n',
    });
  });

  test('ends with 1 when the server refuses, and says why', async () => {
    expect(await runProgram(['migrate'], { DATABASE_URL: `${postgres.url}/nowhere` })).toEqual({
      code: 1,
      out: '',
      err: 'The database of DATABASE_URL cannot be used: database "nowhere" does not exist.\n',
    });
  });

  test('ends with 1 when no database is there, and says what to check', async () => {
    const { code, err } = await runProgram(['migrate'], { DATABASE_URL: 'postgresql://127.0.0.1:1/none' });
    expect(code).toBe(1);
    expect(err).toMatch(/^Posthorn failed: the database is unavailable: .*Check that DATABASE_URL is right/);
  });
});
