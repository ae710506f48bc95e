import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { markdownTable } from '../src/cli/config.ts';
import { coreCount, coresOfLimit } from '../src/config/cores.ts';
import { settings } from '../src/config/settings.ts';
import { type Config, describeConfig, readConfig, readDatabaseUrl } from '../src/config.ts';

const key = Buffer.alloc(32, 1).toString('base64');
const otherKey = Buffer.alloc(32, 2).toString('base64');
const server = {
  DATABASE_URL: 'postgresql://u:p@db/name',
  POSTHORN_PLATFORM_KEY: 'k',
  POSTHORN_SECRET_KEY: key,
};

function config(environment: Record<string, string | undefined>): Config {
  const read = readConfig(environment);
  if (!read.ok) throw new Error(read.error.join('\n'));
  return read.value;
}

function problems(environment: Record<string, string | undefined>): readonly string[] {
  const read = readConfig(environment);
  return read.ok ? [] : read.error;
}

describe('an empty environment', () => {
  test('gives the defaults of the contract', () => {
    expect(config({})).toEqual({
      host: '127.0.0.1',
      port: 4000,
      databaseUrl: null,
      dataDir: './data',
      platformKey: null,
      secretKeys: null,
      role: 'all',
      processes: 1,
      allowedNetworks: ['127.0.0.0/8', '::1/128'],
      dnsServers: null,
      requireHttps: false,
      retryScheduleSeconds: [60, 120, 240, 480, 960],
      retryJitter: 0.1,
      autoDisableAfter: 10,
      maxInFlight: 512,
      maxInFlightPerWebhook: 32,
      retentionDays: 30,
      rateLimits: { standard: 200, rotate: 10, test: 60 },
      wrongKeysMax: 20,
      trustedProxies: ['127.0.0.0/8', '::1/128'],
      errorDocsUrl: 'https://docs.sent.dm/errors/',
      logLevel: 'info',
    } satisfies Config);
  });

  test('gives an object that cannot be changed', () => {
    const read = config({});
    expect(
      [read, read.rateLimits, read.retryScheduleSeconds, read.allowedNetworks].every(Object.isFrozen),
    ).toBe(true);
  });

  test('is what empty and blank variables amount to', () => {
    const blank = Object.fromEntries(settings.map(({ name }, index) => [name, index % 2 === 0 ? '' : '  ']));
    expect(config(blank)).toEqual(config({}));
  });
});

describe('a value that is accepted', () => {
  test.each<[string, string, Partial<Config>]>([
    ['HOST', '0.0.0.0', { host: '0.0.0.0', allowedNetworks: [], trustedProxies: [] }],
    ['HOST', '::', { host: '::', allowedNetworks: [], trustedProxies: [] }],
    ['HOST', ' posthorn.internal ', { host: 'posthorn.internal', allowedNetworks: [], trustedProxies: [] }],
    ['HOST', '127.0.0.2', { host: '127.0.0.2', allowedNetworks: ['127.0.0.0/8', '::1/128'] }],
    ['HOST', '::1', { host: '::1', allowedNetworks: ['127.0.0.0/8', '::1/128'] }],
    ['HOST', 'localhost', { host: 'localhost', allowedNetworks: ['127.0.0.0/8', '::1/128'] }],
    ['HOST', '127.example.com', { host: '127.example.com', allowedNetworks: [], trustedProxies: [] }],
    ['PORT', '0', { port: 0 }],
    ['PORT', '65535', { port: 65535 }],
    ['POSTHORN_DATA_DIR', '/var/lib/post horn', { dataDir: '/var/lib/post horn' }],
    ['POSTHORN_PLATFORM_KEY', 'php_abc', { platformKey: 'php_abc' }],
    ['POSTHORN_SECRET_KEY', key, { secretKeys: [Buffer.alloc(32, 1)] }],
    ['POSTHORN_SECRET_KEY', key.slice(0, -1), { secretKeys: [Buffer.alloc(32, 1)] }],
    [
      'POSTHORN_SECRET_KEY',
      `${otherKey}, ${key}`,
      { secretKeys: [Buffer.alloc(32, 2), Buffer.alloc(32, 1)] },
    ],
    ['POSTHORN_ROLE', 'all', { role: 'all' }],
    ['POSTHORN_ROLE', 'API', { role: 'api' }],
    ['POSTHORN_PROCESSES', '1', { processes: 1 }],
    ['POSTHORN_ALLOWED_NETWORKS', '10.0.0.0/8, fd00::/8', { allowedNetworks: ['10.0.0.0/8', 'fd00::/8'] }],
    ['POSTHORN_ALLOWED_NETWORKS', 'none', { allowedNetworks: [] }],
    ['POSTHORN_ALLOWED_NETWORKS', ',', { allowedNetworks: [] }],
    ['POSTHORN_DNS_SERVERS', '10.0.0.2', { dnsServers: ['10.0.0.2'] }],
    [
      'POSTHORN_DNS_SERVERS',
      '127.0.0.1:5353, ::1,[fd00::2],[fd00::2]:65535',
      { dnsServers: ['127.0.0.1:5353', '::1', '[fd00::2]', '[fd00::2]:65535'] },
    ],
    ['POSTHORN_REQUIRE_HTTPS', 'true', { requireHttps: true }],
    ['POSTHORN_REQUIRE_HTTPS', 'False', { requireHttps: false }],
    ['POSTHORN_RETRY_SCHEDULE', '0.05, 1,2.5', { retryScheduleSeconds: [0.05, 1, 2.5] }],
    ['POSTHORN_RETRY_JITTER', '0', { retryJitter: 0 }],
    ['POSTHORN_RETRY_JITTER', '1', { retryJitter: 1 }],
    ['POSTHORN_AUTO_DISABLE_AFTER', '0', { autoDisableAfter: 0 }],
    ['POSTHORN_MAX_IN_FLIGHT', '1', { maxInFlight: 1 }],
    ['POSTHORN_MAX_IN_FLIGHT_PER_WEBHOOK', '64', { maxInFlightPerWebhook: 64 }],
    ['POSTHORN_RETENTION_DAYS', '1', { retentionDays: 1 }],
    ['POSTHORN_RATE_LIMIT', '0', { rateLimits: { standard: 0, rotate: 10, test: 60 } }],
    ['POSTHORN_RATE_LIMIT_ROTATE', '1', { rateLimits: { standard: 200, rotate: 1, test: 60 } }],
    ['POSTHORN_RATE_LIMIT_TEST', '2', { rateLimits: { standard: 200, rotate: 10, test: 2 } }],
    ['POSTHORN_RATE_LIMIT_WRONG_KEYS', '0', { wrongKeysMax: 0 }],
    ['POSTHORN_TRUSTED_PROXIES', '10.0.0.0/8', { trustedProxies: ['10.0.0.0/8'] }],
    ['POSTHORN_TRUSTED_PROXIES', 'none', { trustedProxies: [] }],
    ['POSTHORN_ERROR_DOCS_URL', 'http://docs.example/#', { errorDocsUrl: 'http://docs.example/#' }],
    ['LOG_LEVEL', 'silent', { logLevel: 'silent' }],
  ])('%s=%s', (name, text, expected) => {
    expect(config({ [name]: text })).toEqual({ ...config({}), ...expected });
  });

  test.each([
    'postgres://db/name',
    'postgresql://u:p%40@[::1]:5433/name?sslmode=require',
    'postgresql:///name?host=/run',
    'postgresql://db/name?user=me@server&sslmode=require',
    'postgresql://u:a%2Fb%40c@db/na%40me',
  ])('DATABASE_URL=%s', (url) => {
    expect(config({ ...server, DATABASE_URL: url }).databaseUrl).toBe(url);
  });
});

describe('a value that is refused', () => {
  test.each([
    ['HOST', 'http://localhost'],
    ['HOST', '[::1]'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '4000.5'],
    ['PORT', '0x10'],
    ['PORT', 'tcp://10.0.0.1:4000'],
    ['POSTHORN_DATA_DIR', 'a\0b'],
    ['POSTHORN_ROLE', 'both'],
    ['POSTHORN_PROCESSES', '0'],
    ['POSTHORN_PROCESSES', '65'],
    ['POSTHORN_ALLOWED_NETWORKS', '10.0.0.0/33'],
    ['POSTHORN_ALLOWED_NETWORKS', '10.0.0.0'],
    ['POSTHORN_ALLOWED_NETWORKS', 'fe80::%eth0/10'],
    ['POSTHORN_ALLOWED_NETWORKS', '::/129'],
    ['POSTHORN_ALLOWED_NETWORKS', '10.0.0.0/'],
    ['POSTHORN_ALLOWED_NETWORKS', '10.0.0.0/8/8'],
    ['POSTHORN_DNS_SERVERS', 'dns.example'],
    ['POSTHORN_DNS_SERVERS', '10.0.0.2:'],
    ['POSTHORN_DNS_SERVERS', '10.0.0.2:0'],
    ['POSTHORN_DNS_SERVERS', '10.0.0.2:65536'],
    ['POSTHORN_DNS_SERVERS', '10.0.0'],
    ['POSTHORN_DNS_SERVERS', '[10.0.0.2]:53'],
    ['POSTHORN_DNS_SERVERS', 'fe80::1%eth0'],
    ['POSTHORN_DNS_SERVERS', '[fe80::1%eth0]:53'],
    ['POSTHORN_DNS_SERVERS', 'udp://10.0.0.2'],
    ['POSTHORN_REQUIRE_HTTPS', 'maybe'],
    ['POSTHORN_RETRY_SCHEDULE', '60s'],
    ['POSTHORN_RETRY_SCHEDULE', '1e3'],
    ['POSTHORN_RETRY_SCHEDULE', '604801'],
    ['POSTHORN_RETRY_JITTER', '1.1'],
    ['POSTHORN_RETRY_JITTER', '-0.1'],
    ['POSTHORN_AUTO_DISABLE_AFTER', 'never'],
    ['POSTHORN_MAX_IN_FLIGHT', '0'],
    ['POSTHORN_MAX_IN_FLIGHT_PER_WEBHOOK', '0'],
    ['POSTHORN_RETENTION_DAYS', '0'],
    ['POSTHORN_RATE_LIMIT', '1000001'],
    ['POSTHORN_RATE_LIMIT_ROTATE', 'off'],
    ['POSTHORN_RATE_LIMIT_TEST', '1.5'],
    ['POSTHORN_ERROR_DOCS_URL', 'https://docs.example/errors'],
    ['POSTHORN_ERROR_DOCS_URL', 'ftp://docs.example/'],
    ['LOG_LEVEL', 'loud'],
  ])('%s=%s is named with what it must be', (name, text) => {
    const accepts = settings.find((setting) => setting.name === name)?.accepts;
    expect(problems({ [name]: text })).toEqual([`${name} must be ${accepts}, but it is "${text}".`]);
  });

  test('in a list is named alone', () => {
    expect(problems({ POSTHORN_RETRY_SCHEDULE: '60,,120' })).toEqual([
      expect.stringContaining('but it is ""'),
    ]);
    expect(problems({ POSTHORN_ALLOWED_NETWORKS: '10.0.0.0/8, x' })).toEqual([
      expect.stringContaining('but it is "x"'),
    ]);
  });

  test.each([
    ['DATABASE_URL', 'mysql://u:hunter2@db/name'],
    ['DATABASE_URL', 'u:hunter2@db'],
    ['DATABASE_URL', 'postgresql://u:/hunter2@db/name'],
    ['DATABASE_URL', 'postgresql://u:12/hunter2@db/name'],
    ['DATABASE_URL', 'postgresql://u:#hunter2@db/name'],
    ['DATABASE_URL', 'postgresql://u:?hunter2@db/name'],
    ['POSTHORN_PLATFORM_KEY', 'hunter2 hunter2'],
    ['POSTHORN_SECRET_KEY', 'hunter2'],
    ['POSTHORN_SECRET_KEY', `${key},hunter2`],
    ['POSTHORN_SECRET_KEY', Buffer.alloc(31).toString('base64')],
  ])('%s=%s is never repeated, because it is secret', (name, text) => {
    const found = problems({ ...server, [name]: text });
    expect(found).toEqual([expect.stringMatching(`^${name} must be `)]);
    expect(found.join()).not.toContain(text);
    expect(found.join()).not.toContain('hunter2');
    expect(JSON.stringify(describeConfig({ ...server, [name]: text }))).not.toContain('hunter2');
  });
});

describe('all problems together', () => {
  test('are told at once, in the order of the table', () => {
    const environment = {
      LOG_LEVEL: 'loud',
      PORT: 'x',
      POSTHORN_ROLE: 'both',
      POSTHORN_NONSENSE_VARIABLE: '1',
    };
    expect(problems(environment).map((problem) => problem.split(' ')[0])).toEqual([
      'PORT',
      'POSTHORN_ROLE',
      'LOG_LEVEL',
      'POSTHORN_NONSENSE_VARIABLE',
    ]);
  });

  test('include the keys that DATABASE_URL requires', () => {
    expect(problems({ DATABASE_URL: server.DATABASE_URL })).toEqual([
      expect.stringMatching('^POSTHORN_PLATFORM_KEY must be set when DATABASE_URL is'),
      expect.stringMatching('^POSTHORN_SECRET_KEY must be set when DATABASE_URL is'),
    ]);
    expect(problems(server)).toEqual([]);
  });

  test('never make reading throw, whatever the environment holds', () => {
    const names = fc.constantFrom(...settings.map(({ name }) => name), 'POSTHORN_PROT', 'POSTHORN_');
    fc.assert(
      fc.property(fc.dictionary(names, fc.string()), (environment) => {
        const isValid = readConfig(environment).ok;
        expect(isValid).toBe(problems(environment).length === 0);
      }),
    );
  });
});

describe('settings that contradict each other', () => {
  test('a worker needs a database that can be shared', () => {
    expect(readConfig({ POSTHORN_ROLE: 'worker' })).toEqual({
      ok: false,
      error: [expect.stringContaining('POSTHORN_ROLE=worker needs DATABASE_URL')],
    });
  });

  test('an embedded database belongs to one process', () => {
    const refused = {
      ok: false,
      error: [expect.stringContaining('needs DATABASE_URL: an embedded database')],
    };
    expect(readConfig({ POSTHORN_PROCESSES: '2' })).toEqual(refused);
    expect(readConfig({}, { processes: 2 })).toEqual(refused);
    expect(config({ ...server, POSTHORN_PROCESSES: '2' }).processes).toBe(2);
  });

  test('retries must end before their events are dropped', () => {
    const settings = { POSTHORN_RETRY_SCHEDULE: '60,43200', POSTHORN_RETRY_JITTER: '0' };
    expect(readConfig({ ...settings, POSTHORN_RETENTION_DAYS: '2' })).toEqual({
      ok: false,
      error: [expect.stringContaining('POSTHORN_RETRY_SCHEDULE can wait 2.0 days in all')],
    });
    expect(readConfig({ ...settings, POSTHORN_RETENTION_DAYS: '3' }).ok).toBe(true);
  });
});

describe('the number of processes', () => {
  test('is by default one with the embedded database, and with a server that of the cores, but never above 8', () => {
    expect(config({}).processes).toBe(1);
    expect(config(server).processes).toBe(Math.min(coreCount(), 8));
    expect(coreCount()).toBeGreaterThanOrEqual(1);
  });

  test('of the command line wins', () => {
    expect(readConfig({ ...server, POSTHORN_PROCESSES: '3' }, { processes: 2 })).toMatchObject({
      ok: true,
      value: { processes: 2 },
    });
  });

  test.each([
    ['max 100000\n', null],
    ['200000 100000\n', 2],
    ['150000 100000\n', 2],
    ['50000 100000\n', 1],
    ['', null],
  ])('heeds the limit of a container: %j allows %j cores', (limit, cores) => {
    expect(coresOfLimit(limit)).toBe(cores);
  });
});

describe('an unknown POSTHORN_ variable', () => {
  test.each([
    ['POSTHORN_RETRY_SCHEDUL', 'POSTHORN_RETRY_SCHEDULE'],
    ['POSTHORN_RETENTION', 'POSTHORN_RETENTION_DAYS'],
    ['POSTHORN_ALLOWED_NETWORK', 'POSTHORN_ALLOWED_NETWORKS'],
    ['POSTHORN_PORT', 'PORT'],
    ['POSTHORN_HOST', 'HOST'],
    ['POSTHORN_DATABASE_URL', 'DATABASE_URL'],
    ['POSTHORN_LOG_LEVEL', 'LOG_LEVEL'],
  ])('%s leads to %s', (misspelt, meant) => {
    expect(problems({ [misspelt]: '1' })).toEqual([`${misspelt} is not a setting: did you mean ${meant}?`]);
  });

  test.each([
    'POSTHORN_ENABLE_EVERYTHING_AT_ONCE',
    // Three letters from RETRY_JITTER, and two from ROLE and HOST.
    'POSTHORN_RETRY_LATER',
    'POSTHORN_MODE',
    'POSTHORN_TEST',
  ])('%s is close to nothing and leads to the list', (unknown) => {
    expect(problems({ [unknown]: '1' })).toEqual([
      `${unknown} is not a setting: remove it, or run \`npx posthorn config\` to see every setting.`,
    ]);
  });

  test('that Kubernetes made for a Service called posthorn is left alone', () => {
    expect(
      problems({
        POSTHORN_PORT: 'tcp://10.0.0.1:4000',
        POSTHORN_SERVICE_HOST: '10.0.0.1',
        POSTHORN_SERVICE_PORT: '4000',
        POSTHORN_SERVICE_PORT_HTTP: '4000',
        POSTHORN_PORT_4000_TCP: 'tcp://10.0.0.1:4000',
        POSTHORN_PORT_4000_TCP_ADDR: '10.0.0.1',
        POSTHORN_API_PORT: 'tcp://10.0.0.2:4000',
      }),
    ).toEqual([]);
  });

  test('that is empty is as good as absent', () => {
    expect(problems({ POSTHORN_RETRY_SCHEDUL: '', SOMETHING_ELSE: '1' })).toEqual([]);
  });
});

describe('the description', () => {
  test('shows what is set, and no secret', () => {
    const rows = describeConfig({
      ...server,
      DATABASE_URL: 'postgresql://u:hunter2@db/name?sslpassword=hunter2',
      POSTHORN_PLATFORM_KEY: 'hunter2',
      PORT: 'x',
    });
    const values = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
    expect(values).toMatchObject({
      DATABASE_URL: 'postgresql://u:****@db/name?sslpassword=****',
      POSTHORN_PLATFORM_KEY: '(hidden)',
      POSTHORN_SECRET_KEY: '(hidden)',
      PORT: 'x',
      HOST: '127.0.0.1',
    });
    expect(rows.filter(({ isSet }) => isSet).map(({ name }) => name)).toEqual([
      'PORT',
      'DATABASE_URL',
      'POSTHORN_PLATFORM_KEY',
      'POSTHORN_SECRET_KEY',
    ]);
    expect(JSON.stringify(rows)).not.toContain('hunter2');
    expect(rows.filter(({ problem }) => problem !== null).map(({ name }) => name)).toEqual(['PORT']);
  });

  test('shows what is in force where nothing is set, also where that depends on another setting', () => {
    const value = (environment: Record<string, string>, wanted: string) =>
      describeConfig(environment).find(({ name }) => name === wanted)?.value;
    expect(value({}, 'POSTHORN_ALLOWED_NETWORKS')).toBe('127.0.0.0/8,::1/128');
    expect(value({ HOST: '0.0.0.0' }, 'POSTHORN_ALLOWED_NETWORKS')).toBe('none');
    expect(value({ DATABASE_URL: 'postgresql://db/name' }, 'POSTHORN_SECRET_KEY')).toBe('-');
    expect(value({}, 'POSTHORN_PROCESSES')).toBe('1');
  });

  test('is what docs/configuration.md shows: `npx posthorn config --markdown` writes it', async () => {
    const page = await readFile(new URL('../docs/configuration.md', import.meta.url), 'utf8');
    expect(page).toContain(markdownTable(describeConfig({})));
  });
});

describe('DATABASE_URL alone', () => {
  test('can be read without the keys that serving requires', () => {
    expect(readDatabaseUrl({ DATABASE_URL: server.DATABASE_URL })).toEqual({
      ok: true,
      value: server.DATABASE_URL,
    });
    expect(readDatabaseUrl({ PORT: 'x' })).toEqual({ ok: true, value: null });
    expect(readDatabaseUrl({ DATABASE_URL: 'x' })).toMatchObject({ ok: false });
  });
});
