import type { ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServiceProcess, spawnProgram, startServiceProcess } from '../support/service-process.ts';

let parent: string;
/** Where the demo makes its own data directory. */
let temporary: string;
let dataDir: string;
let service: ServiceProcess;
const servers: Server[] = [];

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'posthorn-demo-test-'));
  temporary = join(parent, 'temporary');
  await mkdir(temporary);
  dataDir = join(parent, 'data');
  service = await startServiceProcess(dataDir);
}, 120_000);
afterAll(async () => {
  for (const server of servers) server.close();
  await service.end('SIGKILL');
  await rm(parent, { recursive: true, force: true });
});

interface Demo {
  /** Fulfilled once it has printed this. */
  printed(text: string): Promise<void>;
  interrupt(): void;
  /** The exit code and all that it printed. */
  readonly ended: Promise<{ code: number | null; said: string }>;
}

function startDemo(settings: Record<string, string>): Demo {
  const child: ChildProcess = spawnProgram(['demo'], { TMPDIR: temporary, ...settings });
  let said = '';
  const hear: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => {
      said += text;
      for (const look of hear) look();
    });
  }
  const ended = new Promise<{ code: number | null; said: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, said })),
  );
  return {
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (said.includes(text)) resolve();
        };
        hear.push(look);
        look();
        ended.then(() => reject(new Error(`the demo ended without "${text}":\n${said}`)));
      }),
    interrupt: () => child.kill('SIGINT'),
    ended,
  };
}

async function listening(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return String(address.port);
}

const portOf = ({ address }: ServiceProcess) => new URL(address).port;

async function webhooksLeft(): Promise<unknown> {
  const headers = { 'x-api-key': service.keys.profileKey };
  const response = await fetch(`${service.address}/v3/webhooks?page=1&page_size=10`, { headers });
  return JSON.parse(await response.text()).data.webhooks;
}

test('beside a running service all deliveries arrive, and its webhook is removed', async () => {
  const { code, said } = await startDemo({ POSTHORN_DATA_DIR: dataDir, PORT: portOf(service) }).ended;
  expect({ code, said }).toEqual({
    code: 0,
    said: expect.stringContaining(`Using the service at ${service.address}`),
  });
  expect(said).toContain('5 of 5 deliveries arrived and were verified.');
  expect(await webhooksLeft()).toEqual([]);
}, 60_000);

test('Ctrl-C beside a running service removes the webhook', async () => {
  let held: () => void = () => {};
  const holds = new Promise<void>((resolve) => (held = resolve));
  const port = await listening(
    createHttpServer(
      passOn((path) => {
        if (path !== '/platform/v1/events') return true;
        held();
        return false;
      }),
    ),
  );
  const demo = startDemo({ POSTHORN_DATA_DIR: dataDir, PORT: port });
  await Promise.race([holds, demo.printed('deliveries arrived')]);
  expect(await webhooksLeft()).toHaveLength(1);
  demo.interrupt();
  expect((await demo.ended).code).toBe(1);
  expect(await webhooksLeft()).toEqual([]);
}, 60_000);

/** Passes requests on to the service, but leaves some without an answer. */
function passOn(answers: (path: string) => boolean): RequestListener {
  return async (request, response) => {
    if (!answers(request.url ?? '')) return;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = chunks.length > 0 ? { body: Buffer.concat(chunks) } : {};
    const headers = { 'x-api-key': String(request.headers['x-api-key']), 'content-type': 'application/json' };
    const method = request.method ?? 'GET';
    const answer = await fetch(`${service.address}${request.url}`, { method, headers, ...body });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  };
}

test('a port that accepts and does not answer is left for a service of its own, which leaves nothing', async () => {
  const sockets: Socket[] = [];
  const port = await listening(createServer((socket) => sockets.push(socket)));
  const { code, said } = await startDemo({ POSTHORN_DATA_DIR: dataDir, PORT: port }).ended;
  for (const socket of sockets) socket.destroy();
  expect(said).toContain(
    `http://127.0.0.1:${port} has not answered for 3 seconds. Starting a service of its own`,
  );
  expect(said).toContain('Preparing the embedded database in ');
  expect(said).toContain('5 of 5 deliveries arrived and were verified.');
  expect([code, await readdir(temporary)]).toEqual([0, []]);
}, 120_000);

test('another web server is not taken for Posthorn, and Ctrl-C in a first start leaves nothing', async () => {
  const port = await listening(createHttpServer((_request, response) => response.end('hello')));
  const demo = startDemo({ POSTHORN_DATA_DIR: dataDir, PORT: port });
  await demo.printed('Preparing the embedded database');
  demo.interrupt();
  const { code, said } = await demo.ended;
  expect(said).toContain(`What listens at http://127.0.0.1:${port} is not Posthorn. Starting`);
  expect([code, await readdir(temporary)]).toEqual([1, []]);
}, 60_000);

test('a service on another data directory is left alone, and Ctrl-C leaves nothing', async () => {
  const other = join(parent, 'other');
  const demo = startDemo({ POSTHORN_DATA_DIR: other, PORT: portOf(service) });
  await demo.printed('Started a service for the demo at');
  demo.interrupt();
  const { said } = await demo.ended;
  expect(said).toContain('is not the one that made the keys in this data directory. Starting');
  expect(await readdir(temporary)).toEqual([]);
}, 120_000);

test('with DATABASE_URL it has a service of its own', async () => {
  const demo = startDemo({
    POSTHORN_DATA_DIR: dataDir,
    PORT: portOf(service),
    DATABASE_URL: 'postgresql://127.0.0.1:1/none',
    POSTHORN_PLATFORM_KEY: 'k',
    POSTHORN_SECRET_KEY: Buffer.alloc(32).toString('base64'),
  });
  await demo.printed('Preparing the embedded database');
  demo.interrupt();
  expect((await demo.ended).said).toContain('leaves the database of DATABASE_URL alone');
}, 60_000);

test('a service that may not deliver to this machine is told how it could', async () => {
  const openDir = join(parent, 'open');
  const open = await startServiceProcess(openDir, { HOST: '0.0.0.0' });
  const { code, said } = await startDemo({ POSTHORN_DATA_DIR: openDir, HOST: '0.0.0.0', PORT: portOf(open) })
    .ended;
  await open.end('SIGKILL');
  expect(code).toBe(1);
  expect(said).toContain('start it with POSTHORN_ALLOWED_NETWORKS=127.0.0.0/8 for the demo.');
  expect(said).not.toMatch(/^ +at |[{}]/m);
}, 120_000);
