import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startUpText } from '../../src/cli/serve.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { runProgram } from './run-program.ts';

const keys = { platformKey: 'php_1', organizationKey: 'ph_2', profileKey: 'ph_3', profileId: 'p4' };

describe('what serve prints at its start', () => {
  test('is the address, the keys of the first start, and a command to type next', () => {
    const printed = startUpText({ address: 'http://a:1', firstRunKeys: keys, keysFile: '/data/keys.json' });
    expect(printed).toMatch(/^Posthorn listens on http:\/\/a:1\n/);
    expect(printed).toContain('kept in /data/keys.json');
    for (const key of Object.values(keys)) expect(printed).toContain(key);
    expect(printed).toContain('curl -X POST http://a:1/v3/webhooks');
  });

  test('holds no key at a later start, but says how to see them', () => {
    expect(startUpText({ address: 'http://a:1', firstRunKeys: null, keysFile: '/data/keys.json' })).toBe(
      'Posthorn listens on http://a:1\n`posthorn keys` shows the keys in /data/keys.json\n',
    );
  });

  test('is the address alone with DATABASE_URL', () => {
    expect(startUpText({ address: 'http://a:1', firstRunKeys: null, keysFile: null })).toBe(
      'Posthorn listens on http://a:1\n',
    );
  });
});

describe('a running service', () => {
  let parent: string;
  let dataDir: string;
  let service: ServiceProcess;

  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'posthorn-serve-'));
    dataDir = join(parent, 'data');
    service = await startServiceProcess(dataDir);
  }, 120_000);

  afterAll(async () => {
    await service.end('SIGKILL');
    await rm(parent, { recursive: true, force: true });
  });

  test('obeys the command that it printed', async () => {
    const command = service.output().replaceAll('\\\n', ' ');
    const [, url = ''] = /curl -X POST (\S+)/.exec(command) ?? [];
    const [, body = ''] = /-d '(.*)'/.exec(command) ?? [];
    const headers = Array.from(
      command.matchAll(/-H '([^:]+): ([^']+)'/g),
      ([, name = '', value = '']) => [name, value] as const,
    );
    const answer = await fetch(url, { method: 'POST', headers: Object.fromEntries(headers), body });
    expect(answer.status).toBe(201);
  });

  test('keeps the keys that it printed where `posthorn keys` finds them', async () => {
    const { code, out } = await runProgram(['keys'], { POSTHORN_DATA_DIR: dataDir });
    expect(code).toBe(0);
    for (const line of out.trimEnd().split('\n')) expect(service.output()).toContain(line);
  });

  test('keeps a second one out of its data directory', async () => {
    const { code, err } = await runProgram(['serve'], { POSTHORN_DATA_DIR: dataDir, PORT: '0' });
    expect(code).toBe(1);
    expect(err).toMatch(
      /^Posthorn could not start: The data directory .* is in use by another Posthorn process \(pid \d+ /,
    );
  });

  test('keeps its port: another one says so and ends with 1', async () => {
    const settings = {
      POSTHORN_DATA_DIR: join(parent, 'other'),
      PORT: new URL(service.address).port,
      LOG_LEVEL: 'warn',
    };
    const { code, err } = await runProgram(['serve'], settings);
    expect(code).toBe(1);
    expect(err).toMatch(/^Posthorn cannot listen: .*EADDRINUSE.* Set HOST and PORT to an address/);
  }, 120_000);

  test('ends with 0 on SIGTERM', async () => {
    expect(await service.end('SIGTERM')).toBe(0);
  });
});
