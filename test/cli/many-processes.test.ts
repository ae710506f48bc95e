/** `serve --processes N`: one command, one port, several processes. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import {
  getOnNewConnection,
  isRunning,
  type ManyProcesses,
  startManyProcesses,
} from '../support/many-processes.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { startReceiver } from '../support/receiver.ts';
import { spawnProgram } from '../support/service-process.ts';
import { runProgram } from './run-program.ts';

const platformKey = 'php_platform-key-of-the-test';
let server: PostgresServer;
let settings: Record<string, string>;
let many: ManyProcesses | null = null;

beforeAll(async () => {
  server = await startPostgres();
  await server.createDatabase('many');
  settings = {
    DATABASE_URL: `${server.url}/many`,
    POSTHORN_PLATFORM_KEY: platformKey,
    POSTHORN_SECRET_KEY: randomBytes(32).toString('base64'),
  };
});
afterAll(() => server.stop());

afterEach(async () => {
  if (many === null) return;
  const pids = [many.pid, ...many.childPids()];
  for (const pid of pids) if (isRunning(pid)) process.kill(pid, 'SIGKILL');
  await many.exited;
  await allEnded(pids);
  many = null;
});

async function start(count: number, more: Record<string, string> = {}): Promise<ManyProcesses> {
  many = await startManyProcesses(count, { ...settings, ...more });
  return many;
}

async function allEnded(pids: readonly number[]): Promise<void> {
  await eventually(
    async () => pids.filter(isRunning),
    (left) => left.length === 0,
    20_000,
  );
}

async function post(address: string, path: string, key: string, body: object) {
  const response = await fetch(`${address}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, connection: 'close' },
    body: JSON.stringify(body),
  });
  const answer = JSON.parse(await response.text());
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(answer)}`);
  return answer.data;
}

async function newAccount(address: string): Promise<string> {
  return (await post(address, '/platform/v1/accounts', platformKey, { type: 'user', name: 'Acme' })).id;
}

const publish = (address: string, accountId: string) =>
  post(address, '/platform/v1/events', platformKey, {
    account_id: accountId,
    event: 'message.sent',
    payload: {},
  });

/** A receiver that answers when told to, with a delivery on its way to it. */
async function deliveryInFlight(address: string) {
  let answer: () => void = () => {};
  const receiver = await startReceiver({ delayUntil: new Promise<void>((resolve) => (answer = resolve)) });
  const accountId = await newAccount(address);
  const { key } = await post(address, `/platform/v1/accounts/${accountId}/api-keys`, platformKey, {});
  await post(address, '/v3/webhooks', key, {
    display_name: 'Slow',
    endpoint_url: receiver.url,
    event_types: ['message'],
  });
  await publish(address, accountId);
  await receiver.next();
  return { answer, close: receiver.close };
}

async function metric(address: string, name: string): Promise<number> {
  const { body } = await getOnNewConnection(`${address}/metrics`);
  const line = body.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return Number(line?.split(' ').at(-1) ?? Number.NaN);
}

describe('several processes', () => {
  test('share one port, and the start is told once', async () => {
    const { address, childPids, output, said } = await start(3, { LOG_LEVEL: 'debug' });
    expect(childPids()).toHaveLength(3);
    expect(output().match(/Posthorn listens on/g)).toHaveLength(1);
    expect(output()).toContain('\n3 processes serve there');
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => getOnNewConnection(`${address}/health/ready`)),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    await Promise.all(childPids().map((pid) => said(`"pid":${pid},"requestId"`)));
  });

  test('go on answering when one is killed or told to stop, and another takes its place', async () => {
    const { address, childPids, said, output } = await start(2);
    const [killed, told] = childPids();
    // To signal nobody would be to signal this process and its group.
    if (killed === undefined || told === undefined) throw new Error('two processes were expected');
    process.kill(killed, 'SIGKILL');
    await said(`"childPid":${killed}`);
    for (let request = 0; request < 10; request++) {
      expect((await getOnNewConnection(`${address}/health/ready`)).status).toBe(200);
    }
    await said('a process serves in the place of one that ended');
    process.kill(told, 'SIGTERM');
    await eventually(
      async () => childPids(),
      (pids) => pids.length === 4,
      20_000,
    );
    expect(childPids().filter(isRunning)).toEqual(childPids().slice(2));
    expect(output()).toMatch(new RegExp(`"level":50,.*"childPid":${killed},"code":null,"signal":"SIGKILL"`));
    expect(output()).toMatch(new RegExp(`"level":30,.*"childPid":${told},"code":0,"signal":null`));
  });

  test('count as one: whichever is scraped, the metrics are those of all, also of one that was killed', async () => {
    const { address, childPids, said } = await start(2, { POSTHORN_ROLE: 'api' });
    const published = 'posthorn_events_published_total{kind="new"}';
    const accountId = await newAccount(address);
    for (let event = 0; event < 10; event++) await publish(address, accountId);
    for (let scrape = 0; scrape < 4; scrape++) expect(await metric(address, published)).toBe(10);
    expect(await metric(address, 'posthorn_processes')).toBe(2);
    for (const pid of childPids().slice(0, 1)) process.kill(pid, 'SIGKILL');
    await said('a process ended');
    expect(await metric(address, published)).toBe(10);
    expect(await metric(address, 'posthorn_processes')).toBe(1);
    await said('a process serves in the place of one that ended');
    await publish(address, accountId);
    await publish(address, accountId);
    expect(await metric(address, published)).toBe(12);
  });

  test('serve their health and metrics as workers too', async () => {
    const { address } = await start(2, { POSTHORN_ROLE: 'worker' });
    expect((await getOnNewConnection(`${address}/health/ready`)).status).toBe(200);
    expect((await getOnNewConnection(`${address}/v3/webhooks`)).status).toBe(404);
    expect(await metric(address, 'posthorn_processes')).toBe(2);
  });
});

describe('stopping several processes', () => {
  test('on SIGTERM ends all of them with 0', async () => {
    const { pid, childPids, exited } = await start(2);
    process.kill(pid, 'SIGTERM');
    expect(await exited).toBe(0);
    expect(childPids().filter(isRunning)).toEqual([]);
  });

  test('by a Ctrl-C, which reaches every one of them and npm besides, finishes what is in flight', async () => {
    const { address, pid, childPids, exited, output } = await start(2);
    const delivery = await deliveryInFlight(address);
    // To the group, and two kinds of signal, because the system may merge two of one kind.
    process.kill(-pid, 'SIGINT');
    process.kill(-pid, 'SIGTERM');
    while (
      await getOnNewConnection(`${address}/health/live`, { timeoutMs: 1000 }).then(Boolean, () => false)
    );
    expect(childPids().filter(isRunning)).not.toEqual([]);
    delivery.answer();
    expect(await exited).toBe(0);
    expect(output()).not.toContain('stopping at once');
    expect(childPids().filter(isRunning)).toEqual([]);
    await delivery.close();
  });

  test('by a second signal is done at once', async () => {
    const { address, pid, childPids, exited, output } = await start(2);
    const delivery = await deliveryInFlight(address);
    let ended = false;
    exited.then(() => (ended = true));
    await eventually(
      async () => !ended && process.kill(pid, 'SIGTERM'),
      () => ended,
    );
    expect(await exited).toBe(1);
    expect(output()).toContain('A second SIGTERM: stopping at once.');
    await allEnded(childPids());
    delivery.answer();
    await delivery.close();
  });

  test('is what they do by themselves when the first one is killed: none is left behind', async () => {
    const { address, pid, childPids, exited } = await start(2);
    const delivery = await deliveryInFlight(address);
    process.kill(pid, 'SIGKILL');
    await exited;
    expect(childPids().filter(isRunning)).not.toEqual([]);
    delivery.answer();
    await allEnded(childPids());
    await delivery.close();
  });
});

describe('several processes that cannot start', () => {
  test('say so once, and the command ends with 1', async () => {
    await start(1);
    const { code, out, err } = await runProgram(['serve', '--processes', '3'], {
      ...settings,
      POSTHORN_SECRET_KEY: randomBytes(32).toString('base64'),
      PORT: '0',
      LOG_LEVEL: 'warn',
    });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^Posthorn could not start: POSTHORN_SECRET_KEY is not the key [^\n]*\n$/);
  });

  test('name a port that is taken, once', async () => {
    const { address } = await start(2);
    const { code, err } = await runProgram(['serve', '--processes', '2'], {
      ...settings,
      PORT: new URL(address).port,
      LOG_LEVEL: 'warn',
    });
    expect(code).toBe(1);
    expect(err).toMatch(/^Posthorn cannot listen: .*EADDRINUSE[^\n]*\n$/);
  });

  test('name the database that they wait for once, and obey a signal meanwhile', async () => {
    const child = spawnProgram(['serve'], {
      ...settings,
      DATABASE_URL: 'postgresql://user:hunter2@127.0.0.1:1/name',
      POSTHORN_PROCESSES: '2',
      PORT: '0',
    });
    const exited = once(child, 'exit');
    if (child.stdout === null || child.stderr === null) throw new Error('the program has no output');
    const told = text(child.stderr);
    const waiting = new Set<number>();
    for await (const line of createInterface(child.stdout)) {
      waiting.add(JSON.parse(line).pid);
      if (waiting.size === 2) child.kill('SIGTERM');
    }
    expect(await told).toBe(
      'Waiting for the database at 127.0.0.1:1 (connection refused). Check DATABASE_URL.\n',
    );
    expect(await exited).toEqual([0, null]);
  });

  test.each([
    ['--processes 2', ['--processes', '2'], {}],
    ['POSTHORN_PROCESSES=2', [], { POSTHORN_PROCESSES: '2' }],
  ])('because the database is embedded are refused: %s', async (_label, words, environment) => {
    const { code, err } = await runProgram(['serve', ...words], environment);
    expect(code).toBe(2);
    expect(err).toContain('needs DATABASE_URL: an embedded database belongs to one process.');
  });

  test.each(['0', '65', 'all', '1.5'])('--processes %s is no number of processes', async (count) => {
    const { code, err } = await runProgram(['serve', '--processes', count]);
    expect(code).toBe(2);
    expect(err).toContain('It must be a whole number from 1 to 64.');
  });
});
