import type { LookupAddress } from 'node:dns';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createAddressGuard } from '../../src/delivery/address-guard.ts';

type Lookup = (hostname: string) => Promise<LookupAddress[]>;

const notFound: Lookup = async (hostname) => {
  throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' });
};
const answers =
  (...addresses: string[]): Lookup =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

function guard(allowedNetworks: string[] = [], lookup: Lookup = notFound) {
  return createAddressGuard({ allowedNetworks, lookup });
}

describe('addresses', () => {
  test.each([
    ...[
      '0.0.0.0',
      '0.255.255.255',
      '10.0.0.1',
      '100.64.0.1',
      '100.127.255.255',
      '127.0.0.1',
      '127.255.255.254',
    ],
    ...['169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.8', '192.0.2.1', '192.88.99.1'],
    ...[
      '192.168.1.1',
      '168.63.129.16',
      '198.18.0.1',
      '198.19.255.255',
      '198.51.100.7',
      '203.0.113.9',
      '224.0.0.1',
      '239.1.1.1',
    ],
    ...[
      '240.0.0.1',
      '255.255.255.255',
      '::',
      '::1',
      '::7f00:1',
      '::ffff:0:127.0.0.1',
      '64:ff9b:1::1',
      '100::1',
    ],
    ...['2001::1', '2001:1ff::1', '2001:db8::1', '2002:808:808::1', '3fff::1', '3fff:fff::1', '5f00::1'],
    ...['fc00::1', 'fd12:3456::1', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1', '4000::1'],
  ])('%s is forbidden', (ip) => {
    expect(guard().checkAddress(ip)).toBe(
      `the address ${ip} is not public; its network must be listed in POSTHORN_ALLOWED_NETWORKS`,
    );
  });

  test.each([
    ...[
      '1.1.1.1',
      '9.255.255.255',
      '11.0.0.0',
      '100.63.255.255',
      '100.128.0.0',
      '126.255.255.255',
      '128.0.0.0',
    ],
    ...['172.15.255.255', '172.32.0.0', '192.0.1.1', '198.17.255.255', '198.20.0.0', '223.255.255.255'],
    ...['2001:200::1', '2001:4860:4860::8888', '2606:4700:4700::1111', '2a00:1450::1', '3ffe::1'],
    ...['::ffff:1.1.1.1', '64:ff9b::1.1.1.1', '64:ff9b::101:101'],
  ])('%s is public', (ip) => {
    expect(guard().checkAddress(ip)).toBeNull();
  });

  test('text that is no address is refused', () => {
    expect(guard().checkAddress('example.com')).toBe('example.com is not an IP address');
  });

  test('an IPv4 address is judged alike in each of its IPv6 spellings', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(octet, octet, octet, octet, (a, b, c, d) => {
        const { checkAddress } = guard(['10.1.0.0/16']);
        const ipv4 = `${a}.${b}.${c}.${d}`;
        const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        const forbidden = checkAddress(ipv4) !== null;
        for (const ipv6 of [`::ffff:${ipv4}`, `::ffff:${hex}`, `0:0:0:0:0:FFFF:${hex}`, `64:ff9b::${ipv4}`])
          expect(checkAddress(ipv6) !== null).toBe(forbidden);
      }),
    );
  });

  test('an IPv6 address outside 2000::/3 is never public', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
    const first = fc
      .integer({ min: 0, max: 0xffff })
      .filter((value) => value >> 13 !== 1 && value !== 0x64 && value !== 0)
      .map((value) => value.toString(16));
    fc.assert(
      fc.property(first, fc.array(group, { minLength: 7, maxLength: 7 }), (head, tail) => {
        expect(guard().checkAddress([head, ...tail].join(':'))).not.toBeNull();
      }),
    );
  });
});

describe('allowed networks', () => {
  test.each([
    ['10.0.0.0/8', '10.9.8.7', '172.16.0.1'],
    ['10.0.0.5', '10.0.0.5', '10.0.0.6'],
    ['127.0.0.0/8', '::ffff:127.0.0.1', '::1'],
    ['::ffff:10.0.0.0/104', '10.1.2.3', '11.0.0.0/8'],
    ['::1/128', '::1', '::2'],
    ['0.0.0.0/0', '::ffff:10.0.0.1', '::ffff:808'],
    ['fd00::/8', 'fd12::1', 'fc00::1'],
    ['fe80::/10', 'fe80::1%eth0', 'fec0::1'],
    ['10.0.0.0/8', '64:ff9b::10.0.0.1', '64:ff9b::192.168.0.1'],
    ['64:ff9b::/96', '64:ff9b::10.0.0.1', '10.0.0.1'],
  ])('%s opens %s and not %s', (network, inside, outside) => {
    const { checkAddress } = guard([network]);
    expect(checkAddress(inside)).toBeNull();
    expect(checkAddress(outside)).not.toBeNull();
  });

  test.each(['loopback', '10.0.0.0/33', '300.0.0.0/8', '10.0.0.0/', '10.0.0.0/8/8', '::ffff:0:0/8', ''])(
    '%j is a mistake that is not passed over',
    (network) => {
      expect(() => guard([network])).toThrow();
    },
  );
});

describe('URLs', () => {
  test.each([
    ...[
      'http://127.0.0.1/',
      'http://127.0.0.1./',
      'http://2130706433/',
      'http://0x7f000001/',
      'http://0177.0.0.1/',
    ],
    ...[
      'http://127.1/',
      'http://0/',
      'http://[::1]/',
      'http://[::ffff:127.0.0.1]/',
      'http://[0:0:0:0:0:0:0:1]:81/',
    ],
    ...['http://user:pass@10.0.0.1/', 'http://①②⑦.⓪.⓪.①/', 'http://169.254.169.254/latest/meta-data/'],
  ])('%s is forbidden', async (url) => {
    expect(await guard().checkUrl(url)).toMatch(/^the address \S+ is not public/);
  });

  test('a URL with a public literal address passes without a look-up', async () => {
    const lookup = vi.fn(notFound);
    expect(await guard([], lookup).checkUrl('https://1.1.1.1:8443/hook')).toBeNull();
    expect(lookup).not.toHaveBeenCalled();
  });

  test('a name is forbidden when any one of its addresses is, and the address stays unsaid', async () => {
    const { checkUrl } = guard([], answers('1.1.1.1', '10.0.0.1'));
    expect(await checkUrl('https://internal.example/')).toBe(
      'the name internal.example leads to an address that is not public; its network must be listed in POSTHORN_ALLOWED_NETWORKS',
    );
  });

  test('localhost is resolved like any name', async () => {
    const url = 'http://api.localhost:3000/hook';
    expect(await guard([], answers('127.0.0.1', '::1')).checkUrl(url)).not.toBeNull();
    expect(await guard(['127.0.0.0/8', '::1/128'], answers('127.0.0.1', '::1')).checkUrl(url)).toBeNull();
  });

  test('a name that does not resolve passes: each connection is checked again', async () => {
    expect(await guard().checkUrl('https://not-yet.example/hook')).toBeNull();
  });

  test('text that is no URL is refused', async () => {
    expect(await guard().checkUrl('not a url')).toBe('the URL is not valid');
  });
});

describe('look-ups', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('a public name gives all its addresses', async () => {
    expect(await guard([], answers('1.1.1.1', '2606:4700::1')).resolve('example.com')).toEqual({
      ok: true,
      value: [
        { address: '1.1.1.1', family: 4 },
        { address: '2606:4700::1', family: 6 },
      ],
    });
  });

  test.each([
    ['that is unknown', notFound],
    ['without addresses', answers()],
  ])('a name %s is refused', async (_, lookup) => {
    expect(await guard([], lookup).resolve('example.invalid')).toEqual({
      ok: false,
      error: 'the name example.invalid could not be resolved',
    });
  });

  test('a name that changes its address to a private one is refused at the next connection', async () => {
    const lookup = vi.fn(answers('1.1.1.1')).mockImplementationOnce(answers('1.1.1.1'));
    const { resolve } = guard([], lookup);
    expect((await resolve('rebinding.example')).ok).toBe(true);
    lookup.mockImplementation(answers('127.0.0.1'));
    expect((await resolve('rebinding.example')).ok).toBe(false);
  });

  test('simultaneous look-ups of one name share one, later ones look again', async () => {
    const lookup = vi.fn(answers('1.1.1.1'));
    const { resolve } = guard([], lookup);
    await Promise.all(Array.from({ length: 50 }, () => resolve('example.com')));
    expect(lookup).toHaveBeenCalledTimes(1);
    await resolve('example.com');
    expect(lookup).toHaveBeenCalledTimes(2);
  });

  test('a look-up that hangs ends for a connection after 10 s and for a URL after 1 s, and is not repeated', async () => {
    vi.useFakeTimers();
    const lookup = vi.fn(() => new Promise<LookupAddress[]>(() => {}));
    const { resolve, checkUrl } = guard([], lookup);
    const connecting = resolve('hanging.example');
    const checking = checkUrl('https://hanging.example/');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await checking).toBeNull();
    await vi.advanceTimersByTimeAsync(9_000);
    expect(await connecting).toEqual({
      ok: false,
      error: 'the name hanging.example was not resolved within 10 s',
    });
    void resolve('hanging.example');
    expect(lookup).toHaveBeenCalledTimes(1);
  });
});
