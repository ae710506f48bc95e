import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createAddressGuard } from '../../src/delivery/address-guard.ts';
import { createNameLookup, type NameLookup, NameUnanswered } from '../../src/delivery/name-lookup.ts';
import { eventually } from '../support/eventually.ts';
import { noSuchName, serverFailure } from '../support/name-answer.ts';
import { type NameReply, type NameServer, type Question, startNameServer } from '../support/name-server.ts';

const answer = { addresses: ['1.1.1.1'] };
const opened: NameServer[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

async function nameServer(reply: (question: Question) => NameReply): Promise<NameServer> {
  const server = await startNameServer(reply);
  opened.push(server);
  return server;
}

async function lookupAt(reply: (question: Question) => NameReply): Promise<NameLookup> {
  return createNameLookup([(await nameServer(reply)).address]);
}

test('a name has the addresses of both families', async () => {
  const look = await lookupAt(() => ({ addresses: ['192.0.2.1', '2001:db8::1', '192.0.2.2'] }));
  expect(await look('hooks.example')).toEqual([
    { address: '192.0.2.1', family: 4 },
    { address: '192.0.2.2', family: 4 },
    { address: '2001:db8::1', family: 6 },
  ]);
});

test.each<[string, (question: Question) => NameReply]>([
  ['has no addresses', () => ({})],
  ['fails', () => ({ code: serverFailure })],
  ['is unknown', () => ({ code: noSuchName })],
  ['never answers', () => null],
])('a family that %s neither takes the other with it nor delays it for long', async (_, missing) => {
  const only = (family: number) => (question: Question) =>
    question.family === family ? { addresses: ['192.0.2.1', '2001:db8::1'] } : missing(question);
  const looks = [await lookupAt(only(4)), await lookupAt(only(6))];
  const startedAt = performance.now();
  expect(await Promise.all(looks.map((look) => look('hooks.example')))).toEqual([
    [{ address: '192.0.2.1', family: 4 }],
    [{ address: '2001:db8::1', family: 6 }],
  ]);
  // One second; a name that is not answered at all takes seven.
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

test('an alias leads to the addresses of what it names', async () => {
  const look = await lookupAt(() => ({ aliases: ['a.example', 'b.example'], addresses: ['192.0.2.1'] }));
  expect(await look('hooks.example')).toEqual([{ address: '192.0.2.1', family: 4 }]);
});

test('more addresses than one datagram has room for arrive all the same', async () => {
  const addresses = Array.from({ length: 500 }, (_none, n) => `10.0.${n >> 8}.${n & 255}`);
  const look = await lookupAt(() => ({ addresses }));
  expect((await look('many.example')).map(({ address }) => address).sort()).toEqual(addresses.sort());
});

test('a name is asked for as it stands, and neither file nor search list adds to it', async () => {
  const server = await nameServer(() => ({ addresses: ['192.0.2.1'] }));
  const look = createNameLookup([server.address]);
  // In /etc/hosts of most machines.
  for (const name of ['intranet', 'ip6-loopback', 'hooks.example'])
    expect(await look(name)).toEqual([{ address: '192.0.2.1', family: 4 }]);
  expect(new Set(server.questions.map(({ name }) => name))).toEqual(
    new Set(['intranet', 'ip6-loopback', 'hooks.example']),
  );
});

test('localhost is this machine, whatever a server would say, and nobody is asked', async () => {
  const server = await nameServer(() => ({ addresses: ['192.0.2.1'] }));
  const look = createNameLookup([server.address]);
  for (const name of ['localhost', 'localhost.', 'LOCALHOST', 'api.localhost'])
    expect(await look(name)).toEqual([
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
  expect(server.questions).toEqual([]);
  expect(await look('notlocalhost')).toEqual([{ address: '192.0.2.1', family: 4 }]);
});

test('a server that does not answer hands over to the next', async () => {
  const silent = await nameServer(() => null);
  const gone = await nameServer(() => null);
  await opened.pop()?.close();
  const next = await nameServer(() => ({ addresses: ['192.0.2.1'] }));
  const found = [{ address: '192.0.2.1', family: 4 }];
  expect(await createNameLookup([silent.address, next.address])('hooks.example')).toEqual(found);
  expect(await createNameLookup([gone.address, next.address])('hooks.example')).toEqual(found);
  expect(silent.questions.length).toBeGreaterThan(0);
});

test('a question that is lost is asked again', async () => {
  const asked = new Set<number>();
  const look = await lookupAt(({ family }) => {
    const isLost = !asked.has(family);
    asked.add(family);
    return isLost ? null : answer;
  });
  expect(await look('hooks.example')).toEqual([{ address: '1.1.1.1', family: 4 }]);
});

describe('names that are never answered', () => {
  // c-ares has timers of its own, which stay real.
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('do not delay others, however many they are', async () => {
    const server = await nameServer(({ name }) => (name === 'other.example' ? answer : null));
    const guard = createAddressGuard({ allowedNetworks: [], lookup: createNameLookup([server.address]) });
    let ended = 0;
    const hanging = Array.from({ length: 8 }, async (_none, n) => {
      const resolved = await guard.resolve(`hanging-${n}.example`);
      ended += 1;
      return resolved;
    });
    await namesAsked(server, 8);
    expect(await guard.resolve('other.example')).toMatchObject({ ok: true });
    expect(ended).toBe(0);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await Promise.all(hanging)).toEqual(
      hanging.map((_none, n) => ({
        ok: false,
        error: `the name hanging-${n}.example was not resolved in time: no name server answered`,
      })),
    );
  });

  test('are given up before the guard does, of however many servers', async () => {
    const servers = await Promise.all(Array.from({ length: 20 }, () => nameServer(() => null)));
    const look = createNameLookup(servers.map(({ address }) => address));
    const hanging = look('hanging.example');
    await Promise.any(servers.map((server) => namesAsked(server, 1)));
    const givenUp = expect(hanging).rejects.toBeInstanceOf(NameUnanswered);
    await vi.advanceTimersByTimeAsync(9_999);
    await givenUp;
  });
});

function namesAsked({ questions }: NameServer, count: number): Promise<number> {
  const seen = async () => new Set(questions.map(({ name }) => name)).size;
  return eventually(seen, (names) => names >= count);
}
