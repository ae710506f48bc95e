/** The network to PostgreSQL fails in every way it can, under load: slow, stalled in each direction, cut, cut in a message. */

import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { eventually } from '../support/eventually.ts';
import { recordFigure } from '../support/figures.ts';
import { type Direction, type FlakyProxy, startFlakyProxy } from '../support/flaky-proxy.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import {
  expectTruthful,
  openDirect,
  startWatchedService,
  type WatchedService,
} from '../support/watched-service.ts';

let server: PostgresServer;
let databases = 0;
let direct: Database;
let proxy: FlakyProxy;
let watched: WatchedService;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  const name = `network_${databases++}`;
  await server.createDatabase(name);
  const url = `${server.url}/${name}`;
  proxy = await startFlakyProxy(url);
  watched = await startWatchedService(proxy.url);
  direct = openDirect(url);
  await watched.answer(202, ['publish']);
});
afterEach(async () => {
  await watched.close();
  await direct.close();
  await proxy.close();
});

async function recordOutcome(what: string, tried: number): Promise<void> {
  const settled = await watched.settle(direct);
  await recordFigure({
    topic: 'Database',
    what,
    tried,
    survived: tried,
    lost: settled.lost,
    duplicated: settled.sentTwice,
    note: `${settled.acknowledged} events acknowledged, ${settled.refused} requests refused, longest answer ${settled.longestMs} ms`,
  });
  expectTruthful(watched.answers);
  expect(settled.lost).toBe(0);
}

test('a slow network slows publishing down and breaks nothing', async () => {
  proxy.delay(100);
  await watched.answer(202, ['publish']);
  await watched.answer(200, ['list', 'idempotent', 'ready', 'live']);
  proxy.pass();
  await recordOutcome('every chunk of bytes 100 ms late', 1);
  expect(watched.answers.filter(({ status }) => status === 503)).toEqual([]);
});

test.each<[string, Direction[]]>([
  ['what is asked', ['toServer']],
  ['what is answered', ['toClient']],
  ['everything', ['toServer', 'toClient']],
])(
  'a network that holds %s back for ever is told as an outage, and work goes on when it passes again',
  async (what, directions) => {
    proxy.stall(directions, 'all');
    await watched.answer(503);
    expect(await readiness()).toEqual({ status: 'unavailable', missing: ['database'] });
    proxy.pass();
    await watched.answer(202, ['publish']);
    await watched.answer(200, ['list', 'idempotent', 'ready']);
    await recordOutcome(`${what} stalled until it was refused, then let through`, 1);
  },
);

test('connections that went dead without a word are replaced, though nobody says that they are', async () => {
  proxy.stall(['toServer', 'toClient'], 'open');
  await watched.answer(503, ['publish']);
  await watched.answer(202, ['publish']);
  await watched.answer(200, ['list', 'idempotent', 'ready']);
  await recordOutcome('open connections dead for ever, new ones work', 1);
});

test('connections that are reset again and again lose nothing', async () => {
  const rounds = 20;
  for (let round = 0; round < rounds; round++) {
    await eventually(
      async () => proxy.cut(),
      (count) => count > 0,
    );
    await watched.answer(202, ['publish']);
  }
  await watched.answer(200, ['list', 'idempotent', 'ready']);
  await recordOutcome('all connections reset under load', rounds);
});

test('an answer that is cut in the middle is no answer', async () => {
  const rounds = 20;
  for (let round = 0; round < rounds; round++) {
    await proxy.cutNextAnswer();
    await watched.answer(202, ['publish']);
  }
  await recordOutcome('an answer of the database cut in the middle', rounds);
});

test('what was committed without the news of it arriving is not acknowledged, and a duplicate when repeated', async () => {
  proxy.stall(['toClient'], 'open');
  const acknowledged = new Set(watched.customer.acknowledged.map(String));
  await eventually(
    () => direct.query<{ id: string }>(sql`select producer_id as id from dedup_keys`),
    (keys) => keys.some(({ id }) => !acknowledged.has(id)),
  );
  const from = watched.answers.length;
  proxy.cut();
  await watched.answer(503, ['publish']);
  await watched.answer(202, ['publish']);
  await recordOutcome('the news of a commit lost', 1);
  const repeated = watched.answers.slice(from).reduce((sum, { duplicates }) => sum + duplicates, 0);
  expect(repeated).toBeGreaterThan(0);
});

test('a process that is told to stop while its database is silent does so in time', async () => {
  proxy.stall(['toServer', 'toClient'], 'all');
  await watched.answer(503, ['ready']);
  const startedAt = performance.now();
  expect(await watched.service.end('SIGTERM')).toBe(0);
  const tookMs = Math.round(performance.now() - startedAt);
  expect(tookMs).toBeLessThan(20_000);
  await recordFigure({
    topic: 'Database',
    what: 'SIGTERM while the database is silent',
    tried: 1,
    survived: 1,
    note: `ended with 0 after ${tookMs} ms`,
  });
});

async function readiness(): Promise<unknown> {
  return (await fetch(`${watched.service.address}/health/ready`)).json();
}
