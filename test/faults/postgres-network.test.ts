/** The network to PostgreSQL fails in every way it can, under load: slow, stalled in each direction, cut, cut in a message. */

import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type DatabaseOutage, startOutage } from '../support/database-outage.ts';
import { eventually } from '../support/eventually.ts';
import { recordFigure } from '../support/figures.ts';
import { type Direction, type FlakyProxy, startFlakyProxy } from '../support/flaky-proxy.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';

/** A process that is told to stop has ten seconds for it; the rest is for a machine that is busy. */
const stopMsMax = 20_000;

let server: PostgresServer;
let databases = 0;
let proxy: FlakyProxy;
let outage: DatabaseOutage;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  const name = `network_${databases++}`;
  await server.createDatabase(name);
  const url = `${server.url}/${name}`;
  proxy = await startFlakyProxy(url);
  outage = await startOutage(url, proxy.url);
});
afterEach(async () => {
  await outage.close();
  await proxy.close();
});

test('a slow network slows publishing down and breaks nothing', async () => {
  proxy.delay(100);
  await outage.recovers();
  await outage.answer(200, ['list', 'idempotent', 'ready', 'live']);
  expect(outage.answers.filter(({ status }) => status === 503)).toEqual([]);
  proxy.pass();
  await outage.recordRecovery({ what: 'every chunk of bytes 100 ms late', tried: 1 });
});

test.each<[string, Direction[]]>([
  ['what is asked', ['toServer']],
  ['what is answered', ['toClient']],
  ['everything', ['toServer', 'toClient']],
])(
  'a network that holds %s back for ever is told as an outage, and work goes on when it passes again',
  async (what, directions) => {
    proxy.stall(directions, 'all');
    await outage.answer(503);
    expect(await readiness()).toEqual({ status: 'unavailable', missing: ['database'] });
    proxy.pass();
    await outage.recovers();
    await outage.recordRecovery({
      what: `${what} stalled until it was refused, then let through`,
      tried: 1,
    });
  },
);

test('connections that went dead without a word are replaced, though nobody says that they are', async () => {
  proxy.stall(['toServer', 'toClient'], 'open');
  await outage.answer(503, ['publish']);
  await outage.recovers();
  await outage.recordRecovery({ what: 'open connections dead for ever, new ones work', tried: 1 });
});

test('connections that are reset again and again lose nothing', async () => {
  const rounds = 20;
  for (let round = 0; round < rounds; round++) {
    await eventually(
      async () => proxy.cut(),
      (count) => count > 0,
    );
    await outage.recovers();
  }
  await outage.recordRecovery({ what: 'all connections reset under load', tried: rounds });
});

test('an answer that is cut in the middle is no answer', async () => {
  const rounds = 20;
  for (let round = 0; round < rounds; round++) {
    await proxy.cutNextAnswer();
    await outage.recovers();
  }
  await outage.recordRecovery({
    what: 'an answer of the database cut in the middle',
    tried: rounds,
  });
});

test('what was committed without the news of it arriving is not acknowledged, and a duplicate when repeated', async () => {
  proxy.stall(['toClient'], 'open');
  const acknowledged = new Set(outage.customer.acknowledged.map(String));
  await eventually(
    () => outage.direct.query<{ id: string }>(sql`select producer_id as id from dedup_keys`),
    (keys) => keys.some(({ id }) => !acknowledged.has(id)),
  );
  const from = outage.answers.length;
  proxy.cut();
  await outage.answer(503, ['publish']);
  await outage.recovers();
  await eventually(
    async () => outage.answers.slice(from).reduce((sum, { duplicates }) => sum + duplicates, 0),
    (duplicates) => duplicates > 0,
  );
  await outage.recordRecovery({ what: 'the news of a commit lost', tried: 1 });
});

test('a process that is told to stop while its database is silent does so in time', async () => {
  proxy.stall(['toServer', 'toClient'], 'all');
  await outage.answer(503, ['ready']);
  const startedAt = performance.now();
  const codes = [await outage.service.end('SIGTERM')];
  const tookMs = Math.round(performance.now() - startedAt);
  expect(codes).toEqual([0]);
  expect(tookMs).toBeLessThan(stopMsMax);
  await recordFigure({
    topic: 'Database',
    what: 'SIGTERM while the database is silent',
    tried: codes.length,
    survived: codes.filter((code) => code === 0).length,
    note: `ended with 0 after ${tookMs} ms`,
  });
});

async function readiness(): Promise<unknown> {
  return (await fetch(`${outage.service.address}/health/ready`)).json();
}
