import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { spawnProgram } from '../support/service-process.ts';

test('a database that is away is named in one line, without its password, and waited for without stacks', async () => {
  const child = spawnProgram(['serve'], {
    DATABASE_URL: 'postgresql://user:hunter2@127.0.0.1:1/name',
    POSTHORN_PLATFORM_KEY: 'k',
    POSTHORN_SECRET_KEY: Buffer.alloc(32).toString('base64'),
    POSTHORN_PROCESSES: '1',
    PORT: '0',
  });
  if (child.stdout === null || child.stderr === null) throw new Error('the program has no output');
  const told: string[] = [];
  createInterface(child.stderr).on('line', (line) => told.push(line));
  const logged: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    logged.push(line);
    if (logged.length === 2) child.kill('SIGTERM');
  }
  expect(told).toEqual(['Waiting for the database at 127.0.0.1:1 (connection refused). Check DATABASE_URL.']);
  for (const line of logged) {
    expect(JSON.parse(line)).toMatchObject({ msg: 'waiting for the database', reason: 'connection refused' });
    expect(line).not.toMatch(/stack|hunter2/);
  }
});
