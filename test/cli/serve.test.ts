import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startUpText } from '../../src/cli/start-up-text.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { runProgram } from './run-program.ts';

const ctrlC = '\x03';
const keys = { platformKey: 'php_1', organizationKey: 'ph_2', profileKey: 'ph_3', profileId: 'p4' };

const embedded = {
  host: '127.0.0.1',
  allowedNetworks: ['127.0.0.0/8'],
  databaseUrl: null,
  processes: 1,
  role: 'all' as const,
};
const later = { address: 'http://127.0.0.1:1', firstRunKeys: null, keysFile: '/data/keys.json' };

/** To a person at a terminal. */
const printedAt = (
  welcome: Parameters<typeof startUpText>[0],
  config: Parameters<typeof startUpText>[1] = embedded,
) => startUpText(welcome, config, true);

describe('what serve prints at its start', () => {
  test('is the address, the keys of the first start, and a command to type next', () => {
    const printed = printedAt({ ...later, firstRunKeys: keys });
    expect(printed).toMatch(/^Posthorn listens on http:\/\/127\.0\.0\.1:1\n/);
    expect(printed).toContain('kept in /data/keys.json');
    for (const key of Object.values(keys)) expect(printed).toContain(key);
    expect(printed).toContain("curl -H 'x-api-key: ph_3' http://127.0.0.1:1/v3/me");
    expect(printed).toContain('npm run demo');
  });

  test('is no key where it is no terminal that reads it, but where they are', () => {
    expect(startUpText({ ...later, firstRunKeys: keys }, embedded, false)).toBe(printedAt(later));
  });

  test('holds no key at a later start, but says how to see them', () => {
    expect(printedAt(later)).toBe(
      'Posthorn listens on http://127.0.0.1:1\n`npx posthorn keys` shows the keys in /data/keys.json\n',
    );
  });

  test('promises no keys where keys.json is gone', () => {
    expect(printedAt({ ...later, keysFile: null })).toBe('Posthorn listens on http://127.0.0.1:1\n');
  });

  test('leads to the Platform API with DATABASE_URL', () => {
    const printed = printedAt(
      { ...later, keysFile: null },
      { ...embedded, databaseUrl: 'postgres://u:p@db' },
    );
    expect(printed).toContain('docs/platform-api.md');
    expect(printed).not.toContain('postgres://');
  });

  test('says of a worker that it has no API', () => {
    const worker = { ...embedded, databaseUrl: 'postgres://u:p@db', role: 'worker' as const };
    const printed = printedAt({ ...later, keysFile: null }, worker);
    expect(printed).toContain('This worker serves /health and /metrics there');
    expect(printed).not.toContain('Platform API');
  });

  test('says how many processes serve where there are several', () => {
    expect(printedAt({ ...later, keysFile: null }, { ...embedded, processes: 3 })).toContain(
      '\n3 processes serve there',
    );
  });

  test('names the host that was bound, and what a public one refuses', () => {
    const refused = 'Endpoints on loopback and private addresses are refused';
    const open = { ...embedded, host: '0.0.0.0', allowedNetworks: [] };
    expect(printedAt(later, open)).toContain(`Posthorn listens on http://0.0.0.0:1\n${refused}`);
    expect(printedAt(later, { ...open, host: '::' })).toContain('Posthorn listens on http://[::]:1\n');
    expect(printedAt(later, { ...open, allowedNetworks: ['10.0.0.0/8'] })).not.toContain(refused);
    expect(printedAt(later)).not.toContain(refused);
  });

  test('names what a loopback host leaves open, once there is a database server', () => {
    const allowed =
      '\nEndpoints on loopback addresses may be delivered to; POSTHORN_ALLOWED_NETWORKS=none forbids it.\n';
    const served = { ...embedded, databaseUrl: 'postgres://u:p@db' };
    expect(printedAt(later, served)).toContain(allowed);
    expect(printedAt(later, { ...served, allowedNetworks: ['::1/128'] })).toContain(allowed);
    expect(printedAt(later, { ...served, allowedNetworks: [] })).not.toContain(allowed);
    expect(printedAt(later, { ...served, allowedNetworks: ['10.0.0.0/8'] })).not.toContain(allowed);
    expect(printedAt(later)).not.toContain(allowed);
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

  test('printed no key at its first start into a pipe, but where they are', () => {
    const { profileId, ...keys } = service.keys;
    expect(profileId).toHaveLength(36);
    for (const key of Object.values(keys)) expect(service.output()).not.toContain(key);
    expect(service.output()).toContain(`shows the keys in ${join(dataDir, 'keys.json')}`);
  });

  test('says at once that a first start takes longer', () => {
    expect(service.output()).toContain(
      `Preparing the embedded database in ${dataDir} (the first start takes`,
    );
  });

  test('keeps the keys that it made where `posthorn keys` finds them', async () => {
    const { code, out } = await runProgram(['keys'], { POSTHORN_DATA_DIR: dataDir });
    expect(code).toBe(0);
    for (const key of Object.values(service.keys)) expect(out).toContain(key);
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
    expect(err).toMatch(/^Posthorn cannot listen: .*EADDRINUSE.* Set HOST and PORT to an address/m);
    expect(err).toContain('PORT=5000 npx posthorn serve');
  }, 120_000);

  test('shows a terminal the keys of the first start, and obeys the command that it printed', async () => {
    const command = `exec '${process.execPath}' dist/cli.js serve`;
    const settings = { POSTHORN_DATA_DIR: join(parent, 'seen'), PORT: '0', LOG_LEVEL: 'warn' };
    const terminal = spawn('script', ['-qec', command, '/dev/null'], {
      env: { PATH: process.env.PATH, ...settings },
    });
    try {
      const seen = await new Promise<string>((resolve) => {
        let text = '';
        terminal.stdout.on('data', (chunk) => {
          text += chunk;
          if (text.includes('npm run demo')) resolve(text);
        });
      });
      const [, key = '', url = ''] = /curl -H 'x-api-key: (\S+)' (\S+)/.exec(seen) ?? [];
      const answer = await fetch(url, { headers: { 'x-api-key': key } });
      const { profileId } = JSON.parse(await readFile(join(parent, 'seen/keys.json'), 'utf8'));
      expect(await answer.json()).toMatchObject({ data: { id: profileId } });
    } finally {
      terminal.stdin.write(ctrlC);
      expect(await once(terminal, 'exit')).toEqual([0, null]);
    }
  }, 120_000);

  test('ends with 0 on SIGTERM', async () => {
    expect(await service.end('SIGTERM')).toBe(0);
  });
});
