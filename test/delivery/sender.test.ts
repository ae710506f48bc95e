import type { LookupAddress } from 'node:dns';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createAddressGuard } from '../../src/delivery/address-guard.ts';
import type { SendRequest } from '../../src/delivery/exchange.ts';
import { createSender, type Sender, type SenderOptions } from '../../src/delivery/sender.ts';
import { judge } from '../../src/domain/outcome.ts';
import { promptReceivers } from '../support/bad-answers.ts';
import { startBadReceiver } from '../support/bad-receiver.ts';
import {
  type Behaviour,
  type RawReceiver,
  type Receiver,
  type ReceiverOptions,
  type Reply,
  startRawReceiver,
  startReceiver,
} from '../support/receiver.ts';
import { testCertificate, testHostname } from '../support/tls-certificate.ts';

type Lookup = (hostname: string) => Promise<LookupAddress[]>;

const loopback = ['127.0.0.0/8', '::1/128'];
const toLoopback: Lookup = async () => [{ address: '127.0.0.1', family: 4 }];
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((resource) => resource.close()));
});

function sender(options: { allowed?: string[]; lookup?: Lookup } & Partial<SenderOptions> = {}): Sender {
  const { allowed = loopback, lookup = toLoopback, ...rest } = options;
  const guard = createAddressGuard({ allowedNetworks: allowed, lookup });
  const created = createSender({ guard, clock: { now: () => performance.now() }, ...rest });
  opened.push(created);
  return created;
}

async function receiver(behaviour?: Behaviour | Reply, options?: ReceiverOptions): Promise<Receiver> {
  const started = await startReceiver(behaviour, options);
  opened.push(started);
  return started;
}

async function rawReceiver(onData: Parameters<typeof startRawReceiver>[0]): Promise<RawReceiver> {
  const started = await startRawReceiver(onData);
  opened.push(started);
  return started;
}

function post(url: string, rest: Partial<SendRequest> = {}): SendRequest {
  return { url, headers: { 'content-type': 'application/json' }, body: '{}', timeoutMs: 5_000, ...rest };
}

describe('the request', () => {
  test('is a POST with the given path, headers and bytes', async () => {
    const endpoint = await receiver();
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Posthorn/1.2.3',
      'x-webhook-attempt': '1',
    };
    await sender().send(post(`${endpoint.url}/hook%20a?b=c&d`, { headers, body: '{"text":"héllo"}' }));
    const request = await endpoint.next();
    expect(request).toMatchObject({
      method: 'POST',
      path: '/hook%20a?b=c&d',
      body: '{"text":"héllo"}',
      headers,
    });
    expect(request.headers).toMatchObject({ host: `127.0.0.1:${endpoint.port}`, 'content-length': '17' });
  });

  test('keeps the name of the endpoint in Host', async () => {
    const endpoint = await receiver();
    await sender().send(post(`http://hooks.example:${endpoint.port}/`));
    expect((await endpoint.next()).headers.host).toBe(`hooks.example:${endpoint.port}`);
  });

  test('a hundred go out at once, each to its own connection, and the connections are used again', async () => {
    const arrived: (() => void)[] = [];
    const allArrived = new Promise<void>((resolve) => arrived.push(resolve));
    const endpoint = await receiver((_, index) => {
      if (index === 99) for (const resolve of arrived) resolve();
      return { delayUntil: allArrived, body: 'ok' };
    });
    const posts = sender();
    const sendAll = () => Promise.all(Array.from({ length: 100 }, () => posts.send(post(endpoint.url))));
    for (const reply of [...(await sendAll()), ...(await sendAll())]) expect(reply.statusCode).toBe(200);
    expect(endpoint.connections.opened).toBe(100);
  });

  test('a URL that is not http or https is answered with an error', async () => {
    for (const url of ['ftp://127.0.0.1/', 'not a url', ''])
      expect(await sender().send(post(url))).toMatchObject({
        statusCode: null,
        error: 'The endpoint URL is not a valid HTTP or HTTPS URL',
      });
  });
});

describe('the response', () => {
  test.each([200, 204, 299, 400, 404, 410, 429, 500, 503])('status %i is passed on', async (status) => {
    const endpoint = await receiver({ status });
    expect(await sender().send(post(endpoint.url))).toEqual({
      statusCode: status,
      responseBody: null,
      retryAfter: null,
      error: null,
      durationMs: expect.any(Number),
    });
  });

  test('a redirect is an answer and is not followed', async () => {
    const target = await receiver();
    const endpoint = await receiver({ status: 307, headers: { location: target.url }, body: 'moved' });
    expect(await sender().send(post(endpoint.url))).toMatchObject({ statusCode: 307, responseBody: 'moved' });
    expect(target.connections.opened).toBe(0);
  });

  test('Retry-After is passed on as received', async () => {
    const endpoint = await receiver({
      status: 503,
      headers: { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' },
    });
    expect((await sender().send(post(endpoint.url))).retryAfter).toBe('Wed, 21 Oct 2026 07:28:00 GMT');
  });

  test('an informational response before the answer is passed over', async () => {
    const endpoint = await rawReceiver((socket) =>
      socket.write(
        'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\nok',
      ),
    );
    expect(await sender().send(post(endpoint.url))).toMatchObject({ statusCode: 202, responseBody: 'ok' });
  });

  test('a body that ends with the connection is complete', async () => {
    const endpoint = await rawReceiver((socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nfine'));
    expect(await sender().send(post(endpoint.url))).toMatchObject({ statusCode: 200, responseBody: 'fine' });
  });

  test('4 KiB of the body are kept, without a torn character', async () => {
    const endpoint = await receiver({ body: `x${'é'.repeat(4_000)}` });
    expect((await sender().send(post(endpoint.url))).responseBody).toBe(`x${'é'.repeat(2_047)}`);
  });

  test('a body that is not text is kept as far as it can be stored', async () => {
    const endpoint = await receiver({ body: Buffer.from([0x61, 0x00, 0xff, 0x62]) });
    expect((await sender().send(post(endpoint.url))).responseBody).toBe('a\ufffd\ufffdb');
  });

  test('a compressed body is not decompressed', async () => {
    const endpoint = await receiver({ headers: { 'content-encoding': 'gzip' }, body: 'not gzip at all' });
    expect(await sender().send(post(endpoint.url))).toMatchObject({ responseBody: 'not gzip at all' });
  });

  test('an endless body is cut off after 64 KiB, counts by its status and costs the endpoint its connection', async () => {
    const endpoint = await receiver({ fault: 'endlessBody' });
    const before = process.memoryUsage().arrayBuffers;
    const posts = sender();
    const replies = await Promise.all(Array.from({ length: 20 }, () => posts.send(post(endpoint.url))));
    for (const reply of replies)
      expect(reply).toMatchObject({ statusCode: 200, responseBody: 'x'.repeat(4_096) });
    await endpoint.connections.untilOpenAtMost(0);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 * 1024 * 1024);
  });
});

describe('the deadline', () => {
  const timeoutMs = 150;

  test.each<[string, Reply, string]>([
    ['hangs', { fault: 'hang' }, 'The endpoint did not answer within 0.15 s'],
    ['drips', { fault: 'drip', everyMs: 10 }, 'The endpoint did not finish its answer within 0.15 s'],
  ])('an endpoint that %s is given up, and its connection is closed', async (_, fault, error) => {
    const endpoint = await receiver(fault);
    const reply = await sender().send(post(endpoint.url, { timeoutMs }));
    expect(reply).toMatchObject({ statusCode: null, responseBody: null, error });
    expect(reply.durationMs).toBeGreaterThanOrEqual(timeoutMs - 5);
    expect(reply.durationMs).toBeLessThan(timeoutMs * 10);
    await endpoint.connections.untilOpenAtMost(0);
  });

  test('covers the look-up, and a request that was not written by then never is', async () => {
    const endpoint = await receiver();
    let answer = (_: LookupAddress[]) => {};
    const lookup = vi.fn<Lookup>(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const posts = sender({ lookup });
    const url = `http://slow.example:${endpoint.port}/`;
    const late = await posts.send(post(url, { timeoutMs, body: 'late' }));
    expect(late.error).toBe('No connection to the endpoint was made within 0.15 s');
    answer([{ address: '127.0.0.1', family: 4 }]);
    lookup.mockImplementation(toLoopback);
    await posts.send(post(url, { body: 'in time' }));
    expect(endpoint.requests.map(({ body }) => body)).toEqual(['in time']);
    expect(endpoint.connections.opened).toBe(1);
  });

  test('is not met by an informational response', async () => {
    const endpoint = await rawReceiver((socket) => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'));
    const reply = await sender().send(post(endpoint.url, { timeoutMs }));
    expect(reply).toMatchObject({ statusCode: null, error: 'The endpoint did not answer within 0.15 s' });
  });

  test('covers TLS', async () => {
    const endpoint = await rawReceiver(() => {});
    const reply = await sender().send(post(`https://127.0.0.1:${endpoint.port}/`, { timeoutMs }));
    expect(reply.error).toBe('The endpoint did not finish the TLS handshake within 0.15 s');
    await endpoint.connections.untilOpenAtMost(0);
  });

  test('one endpoint that hangs does not delay another on the same connection pool', async () => {
    const hanging = await receiver((request) => (request.path === '/hang' ? { fault: 'hang' } : {}));
    const posts = sender();
    const stuck = posts.send(post(`${hanging.url}/hang`, { timeoutMs }));
    await hanging.waitFor(1);
    expect((await posts.send(post(`${hanging.url}/fine`))).statusCode).toBe(200);
    expect((await stuck).statusCode).toBeNull();
  });
});

describe('faults of the endpoint', () => {
  test('a refused connection is data', async () => {
    const endpoint = await receiver();
    await endpoint.close();
    for (const scheme of ['http', 'https'])
      expect(await sender().send(post(`${scheme}://127.0.0.1:${endpoint.port}/`))).toMatchObject({
        statusCode: null,
        error: 'The connection was refused',
      });
  });

  test('a name that cannot be resolved is data', async () => {
    const lookup = async () => Promise.reject(new Error('getaddrinfo ENOTFOUND'));
    expect(await sender({ lookup }).send(post('http://example.invalid/'))).toMatchObject({
      statusCode: null,
      error: 'The name example.invalid could not be resolved',
    });
  });

  test('a fresh connection that is closed without an answer is data, and is not tried again', async () => {
    const endpoint = await receiver({ fault: 'hangUp' });
    expect(await sender().send(post(endpoint.url))).toMatchObject({
      statusCode: null,
      error: 'The endpoint closed the connection before it answered',
    });
    expect(endpoint.requests).toHaveLength(1);
  });

  test.each([
    ['is closed', (socket: Socket) => socket.end()],
    ['is reset', (socket: Socket) => socket.resetAndDestroy()],
  ])('an answer whose connection %s in the middle is no answer', async (_, end) => {
    const endpoint = await rawReceiver((socket) =>
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf', () => end(socket)),
    );
    const reply = await sender().send(post(endpoint.url));
    expect(reply).toMatchObject({ statusCode: null, responseBody: null });
    expect(reply.error).toMatch(
      /^The endpoint closed the connection before (it answered|its answer was complete)$/,
    );
  });

  test.each([
    ['is not HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'The endpoint did not answer with valid HTTP'],
    ['breaks its chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', /valid HTTP$/],
    [
      'has huge headers',
      `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(30_000)}\r\n\r\n`,
      /more than 16 KiB before the body of its answer$/,
    ],
  ])('an answer that %s is data', async (_, answer, error) => {
    const endpoint = await rawReceiver((socket) => socket.write(answer));
    const reply = await sender().send(post(endpoint.url));
    expect(reply.statusCode).toBeNull();
    expect(reply.error).toMatch(error);
    await endpoint.connections.untilOpenAtMost(0);
  });

  test.each(promptReceivers)('an endpoint that $name: its owner is told what happened', async (bad) => {
    const endpoint = await startBadReceiver(bad.plays);
    opened.push(endpoint);
    const reply = await sender().send(post(endpoint.url, { body: 'x'.repeat(200_000) }));
    const { errorMessage } = judge(reply, { attempts: 0, retryCount: 0 });
    expect({ status: reply.statusCode, message: errorMessage }).toEqual({
      status: bad.status,
      message: bad.message,
    });
  });
});

describe('TLS', () => {
  const ca = testCertificate.cert;

  test('a trusted certificate for the name is accepted', async () => {
    const endpoint = await receiver({ body: 'secret' }, { tls: testCertificate });
    const posts = sender({ certificateAuthorities: ca });
    const url = `https://${testHostname}:${endpoint.port}/`;
    expect(await posts.send(post(url))).toMatchObject({ statusCode: 200, responseBody: 'secret' });
  });

  test('a certificate that nobody vouches for is not accepted', async () => {
    const endpoint = await receiver({}, { tls: testCertificate });
    const reply = await sender().send(post(`https://${testHostname}:${endpoint.port}/`));
    expect(reply.error).toBe('The TLS certificate was not accepted: self-signed certificate');
    expect(endpoint.requests).toHaveLength(0);
  });

  test('a certificate for another name is not accepted, however often it is tried', async () => {
    const endpoint = await receiver({}, { tls: testCertificate });
    const posts = sender({ certificateAuthorities: ca });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const reply = await posts.send(post(`https://other.example:${endpoint.port}/`));
      expect(reply.error).toMatch(/^The TLS certificate was not accepted: .*other\.example/);
    }
    expect(endpoint.requests).toHaveLength(0);
  });

  test('an endpoint that speaks no TLS is data', async () => {
    const endpoint = await receiver();
    const reply = await sender().send(post(`https://127.0.0.1:${endpoint.port}/`));
    expect(reply.error).toMatch(/^The TLS handshake failed: [\w ]+$/);
  });

  test('an endpoint that hangs up during the handshake is data', async () => {
    const endpoint = await rawReceiver((socket) => socket.end());
    const reply = await sender().send(post(`https://127.0.0.1:${endpoint.port}/`));
    expect(reply.error).toBe('The endpoint closed the connection during the TLS handshake');
  });
});

describe('addresses', () => {
  test.each(['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1'])(
    'http://%s is never connected to when it is not allowed',
    async (host) => {
      const endpoint = await receiver({}, { host: host === '[::1]' ? '::1' : '127.0.0.1' });
      const reply = await sender({ allowed: [] }).send(post(`http://${host}:${endpoint.port}/`));
      expect(reply.statusCode).toBeNull();
      expect(reply.error).toMatch(/^The address \S+ is not public; its network must be listed/);
      expect(endpoint.connections.opened).toBe(0);
    },
  );

  test('::1 is connected to when it is allowed', async () => {
    const endpoint = await receiver({}, { host: '::1' });
    expect((await sender({ allowed: ['::1/128'] }).send(post(endpoint.url))).statusCode).toBe(200);
  });

  test('a name is not connected to when one of its addresses is forbidden', async () => {
    const endpoint = await receiver();
    const lookup = async () => [
      { address: '127.0.0.1', family: 4 },
      { address: '10.0.0.1', family: 4 },
    ];
    const reply = await sender({ lookup }).send(post(`http://mixed.example:${endpoint.port}/`));
    expect(reply.error).toMatch(/^The name mixed\.example leads to an address that is not public/);
    expect(endpoint.connections.opened).toBe(0);
  });

  test('a name is looked up once for a connection, and what was checked is what is connected to', async () => {
    const allowed = await receiver({}, { host: '127.0.0.2' });
    const lookup = vi
      .fn<Lookup>(async () => [{ address: '127.0.0.1', family: 4 }])
      .mockImplementationOnce(async () => [{ address: '127.0.0.2', family: 4 }]);
    const posts = sender({ allowed: ['127.0.0.2/32'], lookup });
    const url = `http://rebinding.example:${allowed.port}/`;
    expect((await posts.send(post(url))).statusCode).toBe(200);
    expect(lookup).toHaveBeenCalledTimes(1);
  });

  test('a name that has changed to a forbidden address is refused at the next connection', async () => {
    const endpoint = await receiver({ headers: { connection: 'close' } });
    const lookup = vi
      .fn<Lookup>(async () => [{ address: '10.0.0.1', family: 4 }])
      .mockImplementationOnce(toLoopback);
    const posts = sender({ lookup });
    const url = `http://rebinding.example:${endpoint.port}/`;
    expect((await posts.send(post(url))).statusCode).toBe(200);
    expect((await posts.send(post(url))).error).toMatch(/not public/);
    expect(endpoint.connections.opened).toBe(1);
  });

  test('a name with a dead and a living address is reached on the living one', async () => {
    const endpoint = await receiver({}, { host: '127.0.0.1' });
    const lookup = async () => [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ];
    const reply = await sender({ lookup }).send(post(`http://both.example:${endpoint.port}/`));
    expect(reply.statusCode).toBe(200);
  });
});

describe('connections', () => {
  test('one connection serves request after request', async () => {
    const endpoint = await receiver({ body: 'ok' });
    const posts = sender();
    for (let sent = 0; sent < 5; sent += 1) await posts.send(post(endpoint.url));
    expect(endpoint.connections.opened).toBe(1);
  });

  const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
  test.each([
    ['closes', (socket: Socket) => socket.end()],
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
  ])(
    'a kept connection that the endpoint %s under the next request is replaced by a fresh one',
    async (_, end) => {
      const served = new Set<number>();
      const endpoint = await rawReceiver((socket, _text, connection) => {
        if (connection === 0 && served.has(connection)) return end(socket);
        served.add(connection);
        return socket.write(answer);
      });
      const posts = sender();
      await posts.send(post(endpoint.url));
      expect(await posts.send(post(endpoint.url))).toMatchObject({ statusCode: 200, responseBody: 'ok' });
      expect(endpoint.connections.opened).toBe(2);
    },
  );

  test('a request is sent a second time at most', async () => {
    let requests = 0;
    const endpoint = await rawReceiver((socket) => {
      requests += 1;
      return requests === 1 ? socket.write(answer) : socket.end();
    });
    const posts = sender();
    await posts.send(post(endpoint.url));
    expect((await posts.send(post(endpoint.url))).error).toMatch(/^The endpoint closed the connection/);
    expect(endpoint.connections.opened).toBe(2);
  });

  test('a kept connection that ends after the answer has begun is not replaced', async () => {
    let requests = 0;
    const endpoint = await rawReceiver((socket) => {
      requests += 1;
      return requests === 1 ? socket.write(answer) : socket.end('HTTP/1.1 200 OK\r\n');
    });
    const posts = sender();
    await posts.send(post(endpoint.url));
    expect((await posts.send(post(endpoint.url))).statusCode).toBeNull();
    expect(endpoint.connections.opened).toBe(1);
  });

  const patientAnswer = 'HTTP/1.1 200 OK\r\nkeep-alive: timeout=600\r\ncontent-length: 0\r\n\r\n';
  const sendToEach = async (posts: Sender, port: number, count: number) => {
    for (let batch = 0; batch < count; batch += 100) {
      const names = Array.from({ length: 100 }, (_, index) => `n${batch + index}.example`);
      await Promise.all(names.map((name) => posts.send(post(`http://${name}:${port}/`))));
    }
  };

  test('what is kept is bounded however many endpoints there are', async () => {
    const endpoint = await rawReceiver((socket) => socket.write(patientAnswer));
    await sendToEach(sender(), endpoint.port, 1_000);
    expect(endpoint.connections.opened).toBe(1_000);
    await endpoint.connections.untilOpenAtMost(512);
  });

  test('a connection that its endpoint closes takes no place from one that is kept', async () => {
    const kept = await rawReceiver((socket) => socket.write(patientAnswer));
    const closing = await receiver({ headers: { connection: 'close' } });
    const posts = sender();
    await posts.send(post(kept.url));
    await sendToEach(posts, closing.port, 600);
    await posts.send(post(kept.url));
    expect(kept.connections.opened).toBe(1);
  });
});

describe('closing', () => {
  test('closes kept connections and answers what is still being sent', async () => {
    const endpoint = await receiver((request) => (request.path === '/hang' ? { fault: 'hang' } : {}));
    const posts = sender();
    await posts.send(post(endpoint.url));
    const stuck = posts.send(post(`${endpoint.url}/hang`));
    await endpoint.waitFor(2);
    await posts.close();
    const stopped = { statusCode: null, error: 'The service stopped before the endpoint answered' };
    expect(await stuck).toMatchObject(stopped);
    expect(await posts.send(post(endpoint.url))).toMatchObject(stopped);
    await endpoint.connections.untilOpenAtMost(0);
    expect(endpoint.requests).toHaveLength(2);
  });

  test('a request that waits for a kept connection is not written any more', async () => {
    const endpoint = await receiver();
    const posts = sender();
    await posts.send(post(endpoint.url, { body: 'first' }));
    const second = posts.send(post(endpoint.url, { body: 'second' }));
    await posts.close();
    expect((await second).statusCode).toBeNull();
    await sender().send(post(endpoint.url, { body: 'third' }));
    expect(endpoint.requests.map(({ body }) => body)).toEqual(['first', 'third']);
    expect(endpoint.connections.opened).toBe(2);
  });
});
