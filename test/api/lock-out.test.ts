import { afterEach, describe, expect, test } from 'vitest';
import { clientNetwork } from '../../src/api/client-network.ts';
import { createLockOut, keyAttempt } from '../../src/api/lock-out.ts';
import { platformKey, startApi, type TestApi } from './harness.ts';

const guesser = '203.0.113.7';

describe('a lock-out', () => {
  const locked: string[] = [];
  const start = (wrongKeysMax: number) => {
    let nowMs = 0;
    locked.length = 0;
    const options = { wrongKeysMax, clock: { now: () => nowMs }, onLocked: (at: string) => locked.push(at) };
    const lockOut = createLockOut(options);
    const guess = (from: string, ...keys: string[]) => {
      for (const key of keys) lockOut.wasWrong(keyAttempt(from, key));
    };
    const wait = (from: string, key: string) => lockOut.lockOn(keyAttempt(from, key))?.seconds ?? 0;
    const lockedIs = (from: string, key: string) => lockOut.lockOn(keyAttempt(from, key))?.of;
    return { lockOut, guess, wait, lockedIs, pass: (ms: number) => (nowMs += ms) };
  };

  test('comes with the last of the wrong keys, lasts a minute and is told once', () => {
    const { guess, wait, pass } = start(3);
    guess(guesser, 'a', 'b');
    expect(wait(guesser, 'right')).toBe(0);
    pass(30_000);
    guess(guesser, 'c', 'd');
    expect(wait(guesser, 'right')).toBe(60);
    pass(59_001);
    expect(wait(guesser, 'right')).toBe(1);
    pass(999);
    expect(wait(guesser, 'right')).toBe(0);
    expect(locked).toEqual([guesser]);
  });

  test('does not come from wrong keys that a minute separates', () => {
    const { guess, wait, pass } = start(3);
    for (const key of ['a', 'b', 'c', 'd', 'e']) {
      guess(guesser, key);
      pass(30_001);
      expect(wait(guesser, 'right')).toBe(0);
    }
  });

  test('does not last longer where the clock is set back', () => {
    const { guess, wait, pass } = start(1);
    guess(guesser, 'a');
    expect(wait(guesser, 'right')).toBe(60);
    pass(-3_600_000);
    expect(wait(guesser, 'right')).toBe(0);
    guess(guesser, 'b');
    expect(wait(guesser, 'right')).toBe(60);
  });

  test('is that of one client: another one, and who was right there before, are not refused', () => {
    const { lockOut, guess, wait } = start(2);
    lockOut.wasRight(keyAttempt(guesser, 'neighbour'));
    guess(guesser, 'a', 'b');
    expect(wait(guesser, 'neighbour')).toBe(0);
    expect(wait('203.0.113.8', 'right')).toBe(0);
    expect(wait(guesser, 'right')).toBe(60);
    // Revoked, it is a wrong key like any other.
    lockOut.wasWrong(keyAttempt(guesser, 'neighbour'));
    expect(wait(guesser, 'neighbour')).toBe(60);
  });

  test('takes one wrong key that comes again and again for a mistake, and refuses it alone', () => {
    const { guess, wait, lockedIs } = start(3);
    guess(guesser, 'old', 'old');
    expect(wait(guesser, 'old')).toBe(0);
    guess(guesser, 'old', 'old', 'old');
    expect(wait(guesser, 'old')).toBe(60);
    expect(lockedIs(guesser, 'old')).toBe('key');
    expect(wait(guesser, 'new')).toBe(0);
    // Locked out itself, the client is told so, whichever key it sends.
    guess(guesser, 'b', 'c');
    expect([lockedIs(guesser, 'old'), lockedIs(guesser, 'new')]).toEqual(['client', 'client']);
  });

  test('remembers a bounded number of clients, the latest of them', () => {
    const { guess, wait } = start(1);
    for (let client = 0; client < 30_000; client++) guess(`client-${client}`, 'a');
    expect(wait('client-0', 'right')).toBe(0);
    expect(wait('client-29999', 'right')).toBe(60);
  });

  test('is never with a limit of 0', () => {
    const { guess, wait } = start(0);
    guess(guesser, 'a', 'b', 'c');
    expect(wait(guesser, 'a')).toBe(0);
  });
});

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:0DB8:0001:0002::1', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['2001:db8::', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['::', '0:0:0:0'],
  ['1::5:6:7:8', '1:0:0:0'],
  ['1:2:3::203.0.113.7', '1:2:3:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['unknown', 'unknown'],
  ['', ''],
])('the client at %s counts as %s', (address, network) => {
  expect(clientNetwork(address)).toBe(network);
});

describe('both APIs', () => {
  let api: TestApi;
  afterEach(() => api.close());

  const refusedAs = (name: string) => ({
    status: 429,
    json: { error: { code: 'BUSINESS_002', message: name } },
  });
  const tooMany = refusedAs(
    'Rate limit exceeded. Too many wrong API keys came from this address; try again after the seconds in the Retry-After header',
  );

  test('together refuse a client after too many wrong keys, a right one too, and tell the operator', async () => {
    api = await startApi({ config: { wrongKeysMax: 4 } });
    const [user, neighbour] = [await api.member('user'), await api.member('user')];
    expect((await api.call('GET', '/v3/me', { key: neighbour.key })).status).toBe(200);
    for (const [index, path] of ['/v3/me', '/platform/v1/accounts', '/v3/me', '/v3/webhooks'].entries()) {
      expect((await api.call('GET', path, { key: `wrong-${index}` })).status).toBe(401);
    }
    for (const path of ['/v3/me', '/platform/v1/accounts']) {
      const refused = await api.call('GET', path, { key: user.key });
      expect(refused).toMatchObject(tooMany);
      expect(refused.headers['retry-after']).toBe('60');
      // Nor does the answer tell that a guess was right.
      const guessed = await api.call('GET', path, { key: platformKey });
      expect(guessed).toMatchObject(tooMany);
    }
    expect((await api.call('GET', '/v3/me', { key: neighbour.key })).status).toBe(200);
    expect((await api.call('GET', '/v3/me')).status).toBe(401);
    const told = api.logged.filter((line) => line.includes('too many wrong API keys'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('POSTHORN_TRUSTED_PROXIES');
  });

  test('refuse a wrong key that comes again and again alone, and say so', async () => {
    api = await startApi({ config: { wrongKeysMax: 3 } });
    const user = await api.member('user');
    for (let time = 0; time < 3; time++) {
      expect((await api.call('GET', '/v3/me', { key: 'revoked' })).status).toBe(401);
    }
    for (const path of ['/v3/me', '/platform/v1/accounts']) {
      const refused = await api.call('GET', path, { key: 'revoked' });
      expect(refused).toMatchObject(
        refusedAs(
          'Rate limit exceeded. This API key was wrong too often; use another one, or try again after the seconds in the Retry-After header',
        ),
      );
    }
    expect((await api.call('GET', '/v3/me', { key: user.key })).status).toBe(200);
    expect(api.logged.join('')).not.toContain('too many wrong API keys');
  });

  test('show below /v3 that nothing is left, and when a key is looked at again', async () => {
    api = await startApi({ config: { wrongKeysMax: 1 } });
    await api.call('GET', '/v3/me', { key: 'wrong' });
    const nowSeconds = Date.now() / 1000;
    const { headers } = await api.call('GET', '/v3/me', { key: 'other' });
    expect(headers['x-ratelimit-limit']).toBe('1000000');
    expect(headers['x-ratelimit-remaining']).toBe('0');
    const resetIn = Number(headers['x-ratelimit-reset']) - nowSeconds;
    expect(Math.abs(resetIn - Number(headers['retry-after']))).toBeLessThan(5);
    expect((await api.call('GET', '/platform/v1/accounts', { key: 'other' })).headers).not.toHaveProperty(
      'x-ratelimit-limit',
    );
  });

  test('look no key up for a client that is locked out', async () => {
    api = await startApi({ config: { wrongKeysMax: 1 } });
    await api.call('GET', '/v3/me', { key: 'wrong' });
    await api.db.execute('alter table api_keys rename to api_keys_gone');
    expect(await api.call('GET', '/v3/me', { key: 'other' })).toMatchObject(tooMany);
  });

  test.each([
    ['from a proxy that is trusted, each client by itself', ['127.0.0.0/8'], 401],
    ['from anybody else, all together', [], 429],
  ])('count what comes %s', async (_who, trustedProxies, expected) => {
    api = await startApi({ config: { wrongKeysMax: 1, trustedProxies } });
    const from = (client: string) =>
      api.call('GET', '/v3/me', { key: client, headers: { 'x-forwarded-for': `10.9.9.9, ${client}` } });
    expect((await from('203.0.113.1')).status).toBe(401);
    expect((await from('203.0.113.2')).status).toBe(expected);
    expect((await from('203.0.113.1')).status).toBe(429);
  });
});
