import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DatabaseUnavailable } from '../../src/storage/database.ts';
import { type Member, platformKey, startApi, type TestApi } from './harness.ts';
import { absentId, webhookBody } from './webhook-body.ts';

let api: TestApi;
let user: Member;

beforeAll(async () => {
  api = await startApi();
  user = await api.member('user');
});
afterAll(() => api.close());

describe('the envelope', () => {
  test('carries the request id of the header, and a time with the offset written out', async () => {
    const { headers, json } = await api.call('GET', '/v3/webhooks', { key: user.key });
    expect(json.meta.request_id).toBe(headers['x-request-id']);
    expect(json.meta.request_id).toMatch(/^req_[A-Za-z0-9]{10}$/);
    expect(json.meta.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,6}[1-9])?\+00:00$/);
    expect(json.meta.version).toBe('v3');
  });

  test('never takes its request id from the client, and gives every request its own', async () => {
    const ids = new Set<string>();
    for (let count = 0; count < 20; count++) {
      const { json } = await api.call('GET', '/v3/me', {
        key: user.key,
        headers: { 'x-request-id': 'mine', 'request-id': 'mine' },
      });
      ids.add(json.meta.request_id);
    }
    expect(ids.size).toBe(20);
    expect(ids).not.toContain('mine');
  });

  test('comes with the headers of every answer', async () => {
    const answers = [
      await api.call('GET', '/v3/webhooks', { key: user.key }),
      await api.call('GET', '/v3/webhooks'),
      await api.call('GET', `/v3/webhooks/${absentId}`, { key: user.key }),
      await api.call('GET', '/v3/nothing'),
    ];
    for (const { headers } of answers) {
      expect(headers['x-response-time']).toMatch(/^\d+ms$/);
      expect(headers['x-api-version']).toBe('v3');
      expect(headers['x-ratelimit-limit']).toBe('1000000');
      expect(headers['x-ratelimit-remaining']).toMatch(/^\d+$/);
      expect(headers['x-ratelimit-reset']).toMatch(/^\d{10}$/);
    }
  });
});

describe('addresses', () => {
  test('are found with a trailing slash and with doubled slashes', async () => {
    for (const url of ['/v3/webhooks/', '//v3/webhooks', '/v3//webhooks//', '//v3/webhooks/?page=1']) {
      const { status, headers } = await api.call('GET', url, { key: user.key });
      expect([url, status]).toEqual([url, 200]);
      expect(headers['x-ratelimit-limit']).toBe('1000000');
    }
  });

  test('that do not exist answer 404', async () => {
    for (const url of ['/nothing', '/v3', '/v3/nothing', '/v2/webhooks', '/platform/v1']) {
      const { status, json } = await api.call('POST', url, { key: user.key, body: '{' });
      expect([url, status, json.error.code]).toEqual([url, 404, 'RESOURCE_008']);
    }
  });

  test('answer a wrong method with 405 and the right ones', async () => {
    const expected = [
      ['DELETE', '/v3/webhooks', 'GET, HEAD, POST'],
      ['DELETE', '/v3/webhooks/event-types', 'GET, HEAD'],
      ['PUT', '/v3/webhooks/event-types/', 'GET, HEAD'],
      ['PATCH', `/v3/webhooks/${absentId}`, 'DELETE, GET, HEAD, PUT'],
      ['GET', `/v3/webhooks/${absentId}/toggle-status`, 'PATCH'],
      ['POST', '/v3/me', 'GET, HEAD'],
      ['OPTIONS', '/platform/v1/events', 'POST'],
      ['POST', '/health/live', 'GET, HEAD'],
    ] as const;
    for (const [method, url, allow] of expected) {
      const { status, headers, json } = await api.call(method, url, { key: user.key });
      expect([method, url, status, headers.allow]).toEqual([method, url, 405, allow]);
      expect(json.success).toBe(false);
    }
  });

  test('that are broken percent-encoding answer 400 in the envelope', async () => {
    const { status, json } = await api.call('GET', '/v3/webhooks/%zz', { key: user.key });
    expect(status).toBe(400);
    expect(json.error.code).toBe('VALIDATION_001');
  });

  test('answer HEAD like GET, without the body', async () => {
    const head = await api.call('HEAD', '/v3/me', { key: user.key });
    const get = await api.call('GET', '/v3/me', { key: user.key });
    expect(head.status).toBe(200);
    expect(head.text).toBe('');
    expect(head.headers['content-type']).toBe(get.headers['content-type']);
    expect(Math.abs(Number(head.headers['content-length']) - get.text.length)).toBeLessThan(4);
  });
});

describe('bodies', () => {
  const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
    api.call('POST', '/v3/webhooks', { key: user.key, body, headers });

  test('that are no JSON or no UTF-8 answer 400', async () => {
    for (const body of ['{', '{"a":1}x', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])]) {
      const { status, json } = await post(body);
      expect(status).toBe(400);
      expect(json.error).toMatchObject({
        code: 'VALIDATION_001',
        message: 'The request body is not valid JSON',
      });
    }
  });

  test('nested too deeply to be walked answer 400', async () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const { status, json } = await post(`{"event_types":${deep}}`);
    expect([status, json.error.message]).toEqual([
      400,
      'The request body is nested more than 1000 levels deep',
    ]);
    const levels = 997;
    const payload = `{"a":${'['.repeat(levels)}"[{\\""${']'.repeat(levels)}}`;
    const event = `{"account_id":"${user.account.id}","event":"message.sent","payload":${payload}}`;
    const published = await api.call('POST', '/platform/v1/events', { key: platformKey, body: event });
    expect(published.status).toBe(202);
  });

  test('are read with any charset parameter', async () => {
    const headers = { 'content-type': 'application/json; charset=UTF-8; x=y' };
    expect((await post(JSON.stringify(webhookBody), headers)).status).toBe(201);
  });

  test('of another type answer 415', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', 'nonsense']) {
      const { status, json } = await post(JSON.stringify(webhookBody), { 'content-type': type });
      expect([type, status, json.error.code]).toEqual([type, 415, 'VALIDATION_001']);
    }
  });

  test('may be 256 KiB and not a byte more', async () => {
    const padded = (bytes: number) => {
      const body = JSON.stringify({ ...webhookBody, ignored: '' });
      return body.replace('"ignored":""', `"ignored":"${'x'.repeat(bytes - body.length)}"`);
    };
    expect((await post(padded(256 * 1024))).status).toBe(201);
    const { status, json } = await post(padded(256 * 1024 + 1));
    expect(status).toBe(413);
    expect(json.error.code).toBe('VALIDATION_001');
  });
});

describe('failures', () => {
  test('nothing internal leaks from an unexpected error, and the log has it under the request id', async () => {
    const broken = await startApi({
      replace: {
        checkEndpoint: async () => {
          throw new Error('secret detail');
        },
      },
    });
    const { key } = await broken.member('user');
    const { status, text, json } = await broken.call('POST', '/v3/webhooks', { key, body: webhookBody });
    expect(status).toBe(500);
    expect(json.error).toEqual({
      code: 'INTERNAL_001',
      message: 'An unexpected error occurred while creating the webhook',
      details: null,
      doc_url: 'https://docs.sent.dm/errors/INTERNAL_001',
    });
    expect(text).not.toContain('secret detail');
    const line = broken.logged.find((logged) => logged.includes('secret detail')) ?? '{}';
    expect(JSON.parse(line)).toMatchObject({ requestId: json.meta.request_id, level: 50 });
    await broken.close();
  });

  test('an outage of the database answers 503 with Retry-After', async () => {
    const broken = await startApi({
      replace: {
        publisher: {
          publish: async () => {
            throw new DatabaseUnavailable(new Error('connection refused'));
          },
        },
      },
    });
    const { account } = await broken.member('user');
    const body = { account_id: account.id, event: 'message.sent', payload: {} };
    const { status, headers, json } = await broken.call('POST', '/platform/v1/events', {
      key: platformKey,
      body,
    });
    expect([status, json.error.code, headers['retry-after']]).toEqual([503, 'SERVICE_001', '1']);
    await broken.close();
  });

  test('a closed database answers 503 everywhere, and health stays', async () => {
    const closed = await startApi();
    const { key } = await closed.member('user');
    await closed.db.close();
    expect((await closed.call('GET', '/v3/webhooks', { key })).status).toBe(503);
    expect((await closed.call('GET', '/health/live')).status).toBe(200);
    await closed.close();
  });

  test('what is not HTTP is answered with an envelope too', async () => {
    const served = await startApi();
    const address = await served.app.listen({ host: '127.0.0.1', port: 0 });
    for (const [request, message] of [
      ['NONSENSE\r\n\r\n', 'The request is not valid HTTP'],
      [`GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 'The request headers are too large'],
    ] as const) {
      const [head, body = ''] = (await exchange(Number(new URL(address).port), request)).split('\r\n\r\n');
      expect(head).toMatch(/^HTTP\/1\.1 400 /);
      expect(JSON.parse(body).error).toMatchObject({ code: 'VALIDATION_001', message });
    }
    await served.close();
  });

  test('a HEAD whose path is no HTTP is answered without a body', async () => {
    const served = await startApi();
    const address = await served.app.listen({ host: '127.0.0.1', port: 0 });
    const request = 'HEAD /v3/webhooks/é HTTP/1.1\r\nHost: x\r\n\r\n';
    const answer = await exchange(Number(new URL(address).port), request);
    const [head, body] = answer.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 400 /);
    expect(head).toMatch(/^Content-Length: [1-9]/m);
    expect(body).toBe('');
    await served.close();
  });

  test('a connection carries a hundred requests ahead of their answers, and is closed for more', async () => {
    const served = await startApi();
    const address = await served.app.listen({ host: '127.0.0.1', port: 0 });
    const port = Number(new URL(address).port);
    const request = 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n';
    const last = 'GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    const answered = (await exchange(port, request.repeat(99) + last)).match(/HTTP\/1\.1 200 /g);
    expect(answered).toHaveLength(100);
    const tooMany = (await exchange(port, request.repeat(1000))).match(/HTTP\/1\.1 200 /g);
    expect(tooMany?.length ?? 0).toBeLessThanOrEqual(100);
    expect((await served.call('GET', '/health/live')).status).toBe(200);
    await served.close();
  });

  test('what Node would answer by itself is answered like every other request', async () => {
    const served = await startApi();
    const address = await served.app.listen({ host: '127.0.0.1', port: 0 });
    for (const header of ['Expect: the unexpected\r\nHost: x', 'X-No: host']) {
      const request = `GET /v3/me HTTP/1.1\r\n${header}\r\nConnection: close\r\n\r\n`;
      const [head, body = ''] = (await exchange(Number(new URL(address).port), request)).split('\r\n\r\n');
      expect(head).toMatch(/^HTTP\/1\.1 401 /);
      expect(JSON.parse(body).error.code).toBe('AUTH_001');
    }
    await served.close();
  });

  test('a body over the limit is answered with 413, also to a client that is still sending it', async () => {
    const served = await startApi();
    const { key } = await served.member('user');
    const address = await served.app.listen({ host: '127.0.0.1', port: 0 });
    const statuses = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const headers = { 'x-api-key': key, 'content-type': 'application/json' };
        const body = ' '.repeat(8 * 1024 * 1024);
        const response = await fetch(`${address}/v3/webhooks`, { method: 'POST', headers, body });
        await response.text();
        return response.status;
      }),
    );
    expect(statuses).toEqual([413, 413, 413, 413, 413]);
    await served.close();
  });

  test('a refused upload leaves the connection usable', async () => {
    const served = await startApi();
    const address = await served.app.listen({ host: '127.0.0.1', port: 0 });
    const refused = [
      'POST /v3/webhooks HTTP/1.1',
      'Host: x',
      'Content-Type: application/json',
      'Content-Length: 200000',
    ];
    const next = ['GET /v3/me HTTP/1.1', 'Host: x', 'Connection: close'];
    const request = `${refused.join('\r\n')}\r\n\r\n${' '.repeat(200_000)}${next.join('\r\n')}\r\n\r\n`;
    const answers = await exchange(Number(new URL(address).port), request);
    expect(answers.match(/HTTP\/1\.1 401 /g)).toHaveLength(2);
    await served.close();
  });
});

/** Writes the text on a connection of its own, and reads until the server closes it. */
async function exchange(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  // A reset closes it as well.
  socket.on('error', () => {});
  socket.write(text);
  await new Promise((resolve) => socket.on('close', resolve));
  return Buffer.concat(chunks).toString();
}

describe('health', () => {
  test('needs no key and has no envelope', async () => {
    expect((await api.call('GET', '/health/live')).json).toEqual({ status: 'live' });
    expect((await api.call('GET', '/health/ready')).json).toEqual({ status: 'ready' });
    const metrics = await api.call('GET', '/metrics');
    expect(metrics.headers['content-type']).toContain('text/plain');
    expect(metrics.text).toContain('posthorn_up 1');
  });

  test('says what is missing', async () => {
    const unready = await startApi({ serves: 'health', replace: { readiness: async () => ['database'] } });
    const { status, json } = await unready.call('GET', '/health/ready');
    expect(status).toBe(503);
    expect(json).toEqual({ status: 'unavailable', missing: ['database'] });
    await unready.close();
  });

  test('is all that a worker serves', async () => {
    const worker = await startApi({ serves: 'health' });
    expect((await worker.call('GET', '/v3/webhooks')).status).toBe(404);
    expect((await worker.call('GET', '/openapi.json')).status).toBe(404);
    expect((await worker.call('GET', '/metrics')).status).toBe(200);
    await worker.close();
  });
});
